"""What the service costs, measured in one run against plainer ways of doing the same."""
