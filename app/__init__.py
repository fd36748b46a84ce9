"""Skolnav: the open-data gate of a city's schools. See ARCHITECTURE.md for the rooms."""
