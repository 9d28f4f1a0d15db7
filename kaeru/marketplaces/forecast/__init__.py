"""Where a shop is heading: the chance to end a period above a line, what each request would change, and how right we were."""
