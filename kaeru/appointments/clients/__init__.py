"""Who the clients are: their cards, what they paid ahead in ticket packs, and who waits for a time."""
