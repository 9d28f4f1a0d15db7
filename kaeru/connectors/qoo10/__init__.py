"""Qoo10 Japan: orders, wishes to cancel and inquiries are asked for; dates, dispatch, answers and cancellations are written."""
