"""One way to say whom something is for: conditions over orders, customers and cancellations."""
