"""A salon's visits against a model: deeds in any order, and bugs that are sown on purpose to see whether they are found."""
