"""Files imported into a real database, and the figures that come out."""
