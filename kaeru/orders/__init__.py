"""Orders as the shop's own system tells them, mirrored."""
