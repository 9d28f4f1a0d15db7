"""Processes that are killed, networks that break."""
