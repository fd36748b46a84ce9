"""What the service catalogue answers; SQL over its versions."""
