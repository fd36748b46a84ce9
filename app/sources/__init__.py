"""One adapter per source of data: fetches or makes validated rows, never writes."""
