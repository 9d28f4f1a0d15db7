"""What can be wrong with a delivery, typed by what to do next."""


class SignatureRefused(Exception):
    """Not signed by this shop: 401, nothing is kept. `why` is one word for the counter, never shown to the sender."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class UnknownShop(SignatureRefused):
    """No shop has this key, or it has no secret for this source; looks like a wrong signature from outside."""


class Unreadable(ValueError):
    """Permanent: these bytes will not become readable by waiting. Parked at once, shown to a person."""


class NotYet(Exception):
    """Transient: it speaks of an order that has not arrived yet. Tried again later, then parked."""
