"""Organizations, their shops, people and keys."""
