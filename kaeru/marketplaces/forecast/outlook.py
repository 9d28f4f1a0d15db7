"""What is known of a period that is still running. Without numpy: pages and mails use it, too."""

from dataclasses import dataclass, replace

from kaeru.marketplaces.forecast.errors import NotAShare, NotPossible


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a period that is still running, in orders."""

    orders: int
    """Of the period so far."""
    counted: int
    """Cancellations that count already."""
    pending: int
    """Requests that nobody has settled; not among `open`."""
    q: float
    """The chance that a pending request ends as a cancellation that counts, within the period."""
    open: int
    """Orders that may still be cancelled."""
    r_open: float
    """Of an open order that is ever cancelled: the chance that it is so from now on and before the period ends."""
    future_mean: float
    """Orders still to come, on average."""
    future_size: float
    """Their negative binomial's size: variance = mean + mean^2 / size."""
    r_future: float
    """Of a future order that is ever cancelled: the chance that it is so before the period ends."""
    a: float
    b: float
    """The belief about the share of orders that are cancelled: Beta(a, b), mean a / (a + b)."""

    def __post_init__(self) -> None:
        for share in (self.q, self.r_open, self.r_future):
            if not 0 <= share <= 1:
                raise NotAShare(share)
        if min(self.orders, self.counted, self.pending, self.open, self.future_mean) < 0:
            raise NotPossible("counts are not negative")
        if min(self.future_size, self.a, self.b) <= 0:
            raise NotPossible("a belief needs weight")

    def after(self, counts: int, *, of_pending: int) -> "Outlook":
        """The same with `of_pending` of the pending requests settled, of which `counts` count."""
        settled = min(of_pending, self.pending)
        return replace(self, pending=self.pending - settled, counted=self.counted + counts)
