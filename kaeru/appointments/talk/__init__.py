"""What the salon answers in LINE: coming, changing, cancelling, booking anew. After the first touch everything is a free reply."""
