"""予約: what a salon offers, when who is there, who comes when, and what becomes of a slot that is free again."""
