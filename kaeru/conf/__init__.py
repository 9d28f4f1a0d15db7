"""How this installation is set up: settings, the environment, addresses, system checks."""
