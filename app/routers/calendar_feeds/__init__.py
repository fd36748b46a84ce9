"""`/ical`: what calendar programs fetch, each under a secret address. No login."""

from app.routers.calendar_feeds.door import router

__all__ = ["router"]
