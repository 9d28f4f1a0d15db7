"""Shops in: how orders and cancellations reach Kaeru, and how Kaeru's wishes reach the shop."""
