"""The door `/me/v1`: what apps show someone who has signed in. DIGG's REST profile."""

from app.routers.me.door import build_door

__all__ = ["build_door"]
