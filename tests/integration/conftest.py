"""What tests of several rooms stand on: a mail server that keeps what it gets."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from kaeru.messages import passes
from tests.smtp import Catcher, catcher


@pytest.fixture
def inbox(settings: LazySettings) -> Iterator[Catcher]:
    """The server that Kaeru's mail goes to; the mail channel is whole before and after."""
    with catcher() as server:
        settings.KAERU_MAIL_URL = server.url
        passes.mend()
        yield server
        passes.mend()
