"""What moves due rows: the registry of passes, the embedded runner, the fleet runner."""
