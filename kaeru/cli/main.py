"""`kaeru`: the command line."""

import os
import sys


def main() -> None:
    """Set Django up, then run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaeru.conf.settings")
    if sys.argv[1:2] == ["manage"]:  # Django's own commands, for developers: kaeru manage makemigrations
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv[1:])
        return
    if sys.argv[1:2] == ["demo"]:  # chooses its own data folder, so it comes before the settings are read
        from kaeru.cli.demo_environment import prepare

        prepare(sys.argv[2:])
    import django

    django.setup()
    from kaeru.cli.commands import app

    app()
