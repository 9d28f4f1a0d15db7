"""What follows in a salon from news: its own hours changed, so shifts are laid out anew."""

from kaeru.appointments.salons.models import Salon
from kaeru.core import events
from kaeru.core.models import Event


@events.receiver("shop.hours_changed")
def hours_changed(news: list[Event]) -> None:
    """The pass lays them out within seconds; who changes hours on the salon's own page has it at once."""
    Salon.objects.filter(shop_id__in={one.subject_id for one in news}).update(laid_out_until=None)
