"""The command line: a door like any other."""
