"""Conditions against the database."""
