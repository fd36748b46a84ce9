"""Apps ask people, people allow, tokens act for them."""
