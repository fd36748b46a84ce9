"""What the doors share of HTTP: admitting a caller, reading requests strictly, answering."""
