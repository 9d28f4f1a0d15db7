"""Mail: over SMTP or a provider's API, as text and as HTML that reads well in light and dark."""
