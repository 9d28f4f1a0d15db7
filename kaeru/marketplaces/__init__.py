"""Malls: where a shop stands by the mall's own rules, where it is heading, what causes it."""
