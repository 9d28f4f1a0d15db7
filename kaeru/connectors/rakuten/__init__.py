"""Rakuten Ichiba: orders asked for and changed by RMS's order interface."""
