"""What a client may do alone with a visit, until when, and how the salon reminds them of it."""
