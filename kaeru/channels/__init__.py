"""Channels: messages out. Registry and base; one folder a channel."""
