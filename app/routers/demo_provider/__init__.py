"""An OpenID provider in memory, for demonstrations: people are chosen from a list, not proved.

What signs in through it goes the whole way that a city's own provider has. It is mounted in demo
mode only, and knows nothing of the rest of the service.
"""

from app.routers.demo_provider.door import build_provider
from app.routers.demo_provider.people import DemoClient, DemoPerson

__all__ = ["DemoClient", "DemoPerson", "build_provider"]
