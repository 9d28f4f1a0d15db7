"""Rules, texts and the house itself: no database."""
