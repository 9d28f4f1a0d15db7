"""LINE: a salon's official account. Pushes that count, replies that cost nothing, and a talk that the rooms above answer."""
