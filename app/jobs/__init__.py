"""What runs without a caller: imports, deliveries, expiry. Started by a scheduler or the CLI."""
