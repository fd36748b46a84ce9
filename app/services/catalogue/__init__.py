"""Acts on the service catalogue."""
