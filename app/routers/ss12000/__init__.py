"""The door `/ss12000/v2.0`: the Swedish standard SS 12000:2020/korr 1:2022, exactly."""

from app.routers.ss12000.door import build_door

__all__ = ["build_door"]
