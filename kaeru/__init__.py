"""Kaeru (カエル: 変える · 帰る · 買える) turns cancellations back into business."""

__version__ = "0.1.0"
