"""Reasons, and each wish to cancel with its story."""
