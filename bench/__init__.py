"""One question a file. Each runs the limit or a peer beside the product in the same run and prints a ratio."""
