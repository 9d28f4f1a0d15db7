"""点検: prices and stock that cannot be right, found before they become cancellations."""
