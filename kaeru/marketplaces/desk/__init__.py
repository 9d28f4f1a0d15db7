"""What a mall adds to the desk: until when a decision stays out of its count, where its own screens are, what it lets a shop do."""
