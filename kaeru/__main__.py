"""`python -m kaeru` is the `kaeru` command."""

from kaeru.cli.main import main

main()
