"""The files connector: reading, no database."""
