"""The door `/absence-reports/v1`: what SS 12000 lacks about an absence. DIGG's REST profile."""

from app.routers.absence_reports.door import build_door

__all__ = ["build_door"]
