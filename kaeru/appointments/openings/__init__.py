"""What becomes of a slot that is free again: who is asked, in which waves, who was first; and broadcasts to the same people."""
