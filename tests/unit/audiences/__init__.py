"""Conditions: rules, wording."""
