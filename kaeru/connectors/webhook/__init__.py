"""Own shops: signed webhooks in both directions, in Kaeru's own JSON (Standard Webhooks)."""
