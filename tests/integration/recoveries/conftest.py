"""A shop at work whose scenarios hold people back for comparison."""

from tests.integration.scenarios.conftest import Kotori as Kotori
from tests.integration.scenarios.conftest import kotori as kotori
