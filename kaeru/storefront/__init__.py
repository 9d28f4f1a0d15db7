"""Public pages behind signed links."""
