"""Version 1 of the REST API: what a shop's own system may say and ask."""
