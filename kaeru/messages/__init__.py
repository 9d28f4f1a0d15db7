"""What is said to customers: templates, the outbox, consent at hand-over."""
