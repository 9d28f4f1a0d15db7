"""Signed-in pages for the shop."""
