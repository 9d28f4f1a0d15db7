"""A LINE platform for the demo and for tests: it keeps accounts, people, bubbles and quotas, and sends webhooks, as LINE does."""
