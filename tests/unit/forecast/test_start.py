"""Who forecasts nothing pays nothing: numpy and scipy are loaded when a chance is worked out."""

import subprocess
import sys

START = """
import sys, django
django.setup()
import kaeru.conf.urls
from kaeru.worker import registry
registry.passes()
print(sorted({"numpy", "scipy"} & set(sys.modules)))
"""


def test_it_starts_without_numbers() -> None:
    done = subprocess.run([sys.executable, "-c", START], stdout=subprocess.PIPE, check=True, text=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
