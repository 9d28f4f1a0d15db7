"""Calls that staff make: who to call, until when, what to say, and what came of it."""
