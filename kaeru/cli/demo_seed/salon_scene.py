"""The few clients whom a visitor plays, written by hand: who comes tomorrow, who waits for that very time, who would like to be asked."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from examples.demo_shop.store import Buyer
from examples.line import here
from kaeru.appointments.bookings.rules import Span
from kaeru.appointments.clients import actions as clients
from kaeru.appointments.clients import tickets, waitlist
from kaeru.appointments.errors import NotAllowed
from kaeru.appointments.models import Booking, Resource
from kaeru.appointments.visits import actions as visits
from kaeru.channels.line.models import LineFriend
from kaeru.cli.demo_seed.play import Stage
from kaeru.cli.demo_seed.salon_house import ACTOR, PEOPLE, House
from kaeru.cli.demo_seed.salon_plan import ZONE, Book, Planned, Taste
from kaeru.core import clock
from kaeru.customers.models import Customer

HARUKA, HANNA, TAKASAKI, YUI, TSUBAME, MINORI = range(6)
STARS = (
    Buyer("haruka", "山田 はるか", "haruka@mail.example", "020-4000-9201", accepts_advertising=True),
    Buyer("hanna", "Hanna Lindqvist", "hanna@mail.example", "020-4000-9202", language="en", accepts_advertising=True),
    Buyer("takasaki", "髙﨑 𠮷之助😀", "takasaki@mail.example", "020-4000-9203", accepts_advertising=True),
    Buyer("yui", "佐々木 結衣", "yui.sasaki@mail.example", "020-4000-9204", accepts_advertising=True),
    Buyer("tsubame", "早川 つばめ", "tsubame@mail.example", "020-4000-9205", accepts_advertising=True),
    Buyer("minori", "小鳥遊 みのり", "minori@mail.example", "020-4000-9206", accepts_advertising=True),
)
LAST_VISIT_DAYS = {HARUKA: 35, HANNA: 41, TAKASAKI: 33, YUI: 46, MINORI: 38}
STAR_TIME, LINK_TIME = time(14, 30), time(11)


def stars() -> list[Buyer]:
    """Those whom a visitor plays, in the order of the list of phones."""
    return list(STARS)


def is_friend(number: int) -> bool:
    """Everybody with LINE is a friend of the salon but one, who has not added it yet."""
    return number != TSUBAME


def is_linked(number: int) -> bool:
    """Everybody's card knows their LINE but one's, who only added the account."""
    return number not in {TSUBAME, MINORI}


@dataclass(slots=True)
class Scene:
    """Tomorrow's handful of people."""

    house: House
    customers: dict[int, int]
    """By number, the customer."""
    day: date
    """The day of which clients were reminded last."""
    evening: datetime
    stylist: Resource | None = None
    entered: dict[int, Planned] = field(default_factory=dict)

    def at(self, hour: time, days: int = 0) -> datetime:
        """A moment on that day, or so many days later."""
        return datetime.combine(self.day + timedelta(days=days), hour, ZONE)

    def enter(self, book: Book) -> None:
        """The visits that must be there: Haruka's colour with somebody who works then, Minori's cut."""
        for name in ("Sakura", "Jun", "Misaki", "Kenta"):
            row = self.house.staff[name]
            found = book.fits("color", row.id, self.at(STAR_TIME))
            if found:
                self.stylist = row
                self._put(book, HARUKA, "color", row.id, STAR_TIME, found[1], is_nominated=True)
                self._around(book, row.id)
                break
        for who in PEOPLE:
            row = self.house.staff[who.name_en]
            found = book.fits("cut", row.id, self.at(LINK_TIME)) if "cut" in who.does and row != self.stylist else None
            if found:
                self._put(book, MINORI, "cut", row.id, LINK_TIME, found[1])
                break

    def _around(self, book: Book, staff: int) -> None:
        """Just before and after somebody else comes: a quarter of an hour earlier or later is no other time."""
        for key, at, number in (("fringe", time(14), len(STARS) + 20), ("cut", time(16, 30), len(STARS) + 21)):
            if found := book.fits(key, staff, self.at(at)):
                self._put(book, number, key, staff, at, found[1])
                book.next_day[number] = self.day + timedelta(days=20)

    def _put(
        self, book: Book, number: int, key: str, staff: int, at: time, place: int | None, *, is_nominated: bool = False
    ) -> None:
        made = self.evening - timedelta(days=12, hours=3)
        visit = Planned(
            self.at(at), key, staff, place, number, "booked", made, is_nominated=is_nominated, origin="line"
        )
        self.entered[number] = visit
        book.put(visit)

    def own_tastes(self, likes: Sequence[Taste]) -> list[Taste]:
        """These people have a taste of their own: a colour every five weeks, with the stylist of the scene."""
        own = (
            [Taste(self.stylist.id, "color", 35, nominates=True) for _ in STARS]
            if self.stylist
            else list(likes[: len(STARS)])
        )
        return [*own, *likes[len(STARS) :]]

    def spared(self) -> dict[int, list[Span]]:
        """Times of the stylist that stay free, so that there is something to move to."""
        if self.stylist is None:
            return {}
        spans = [Span(self.at(time(16), days), self.at(time(18, 45), days)) for days in (1, 2, 3, 4)]
        return {self.stylist.id: spans}

    def settle(self) -> None:
        """Who waits, who holds tickets, who asks for whom."""
        if self.stylist is None:
            return
        for number in (HARUKA, TAKASAKI):
            clients.nominate(self.customers[number], self.stylist.id, actor=ACTOR)
        color, cut = self.house.services["color"], self.house.services["cut"]
        for number in (HANNA, TAKASAKI):  # two, so that one of them taps too late
            waitlist.wait(
                Customer.objects.get(id=self.customers[number]), color.id, first_day=self.day, until=self.day + timedelta(days=6),
                staff_id=self.stylist.id, not_before=time(13), not_after=time(17), actor=ACTOR,
            )  # fmt: skip
        clients.write_note(self.customers[HARUKA], "頭皮が敏感。仕上げは内巻き。コーヒーはブラック。", actor=ACTOR)
        today = clock.now().astimezone(ZONE).date()
        holders = [(YUI, "カラー3回券", color, 3, 1, 21), (TAKASAKI, "カット5回券", cut, 5, 3, 60)]
        for number in range(8, 44, 3):
            pack = ("カット5回券", cut, 5) if number % 2 else ("カラー3回券", color, 3)
            holders.append((number, *pack, number % 3, 10 + number))
        for number, name, service, total, used, days in holders:
            tickets.sell(
                Customer.objects.get(id=self.customers[number]), name, total, services=[service.id], price=service.price * total * 9 // 10,
                bought_on=today - timedelta(days=120), expires_on=today + timedelta(days=days), used=used, actor=ACTOR,
            )  # fmt: skip

    def talk_of_last_month(self, draw: random.Random) -> None:
        """What was said in these chats before."""
        platform, shop = here.platform(), self.house.shop
        for friend in LineFriend.objects.filter(
            shop=shop, customer_id__in=[self.customers[number] for number in range(len(STARS))]
        ):
            number = next(key for key, customer in self.customers.items() if customer == friend.customer_id)
            days = LAST_VISIT_DAYS[number] + 1
            said = (self.evening - timedelta(days=days)).replace(minute=0).timestamp()
            english = friend.language == "en"
            told = (
                f"{shop.name}: your visit is tomorrow."
                if english
                else "明日のご予約のお知らせです。お気をつけてお越しください。"
            )
            answer = "I will come" if english else "伺います"
            bot = here.platform().accounts()[0].bot
            platform.remember(bot, friend.user_id, {"type": "text", "text": told}, said)
            platform.remember(
                bot, friend.user_id, {"type": "text", "text": answer}, said + draw.randint(60, 3000), side="person"
            )


def plan(stage: Stage, scene: Scene) -> None:
    """What happens after the reminders went out: most answer, one gives a time up that is offered to others."""
    told = scene.evening + timedelta(minutes=40)
    stage.at(told + timedelta(minutes=12), lambda: _answer(scene))
    stage.at(stage.end - timedelta(minutes=9), lambda: _give_up(stage, scene))


def _answer(scene: Scene) -> None:
    """Half of those who were reminded say at once that they come."""
    rows = Booking.objects.filter(
        shop=scene.house.shop, starts_at__gte=scene.at(time(0)), starts_at__lt=scene.at(time(0), 1), state="booked",
        customer__isnull=False,
    ).exclude(customer_id__in=[scene.customers[number] for number in range(len(STARS))])  # fmt: skip
    for row in list(rows.order_by("id"))[::2]:
        try:
            visits.say_coming(row.id, via="line")
        except NotAllowed:
            continue


def _give_up(stage: Stage, scene: Scene) -> None:
    """Somebody cancels the day after tomorrow: an opening with its waves."""
    rows = Booking.objects.filter(
        shop=scene.house.shop, starts_at__gte=scene.at(time(0), 1), starts_at__lt=scene.at(time(0), 3), state="booked",
        customer__isnull=False, service__in=[scene.house.services[key] for key in ("cut", "color", "cut_color")],
    ).exclude(staff=scene.stylist)  # fmt: skip
    row = rows.order_by("starts_at", "id").first()
    if row is not None:
        visits.give_up(row.id, "schedule", via="line")
        stage.turn()
