"""Malls, with a database."""
