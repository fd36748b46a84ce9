"""The service catalogue's wire shapes: what is known of each thing, with unknown told apart."""
