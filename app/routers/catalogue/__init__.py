"""The door `/catalogue/v1`: which digital services there are. DIGG's REST profile."""

from app.routers.catalogue.door import build_door
from app.routers.catalogue.files import router

__all__ = ["build_door", "router"]
