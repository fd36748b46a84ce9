"""Another SS 12000 server as a source: fetches pages and yields validated rows, never writes."""
