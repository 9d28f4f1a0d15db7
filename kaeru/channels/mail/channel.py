"""The mail channel: words a letter and opens the way that KAERU_MAIL_URL names."""

from contextlib import AbstractContextManager

from django.conf import settings

from kaeru.channels.base import Letter, Line, Worded
from kaeru.channels.mail import address, provider, smtp, wording


class Mail:
    """Mail over SMTP or a provider's API."""

    name = "mail"

    def word(self, letter: Letter) -> Worded:
        """Subject, text and HTML in the letter's language."""
        return wording.word(letter)

    def open(self) -> AbstractContextManager[Line]:
        """A line for a batch. Raises ValueError when KAERU_MAIL_URL cannot be read."""
        way = address.read(settings.KAERU_MAIL_URL)
        return smtp.open_line(way) if isinstance(way, address.Smtp) else provider.open_line(way)
