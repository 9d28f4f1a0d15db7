"""What developers run beside the product: a database for the tests, a browser, a fresh clone."""
