"""SQLite as Kaeru uses it."""
