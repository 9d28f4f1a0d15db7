"""Which starts are free: worked out from shifts and what is taken, kept while the salon's calendar stands as it was."""
