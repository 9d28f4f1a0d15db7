"""The real file under Qoo10's rule (facts B3): the same shop and year, stopped or without a fault, by the definition alone."""

import csv
import gzip
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kaeru.connectors.files import layout
from kaeru.connectors.files.importing import import_orders
from kaeru.core import events, scope
from kaeru.marketplaces import actions, counting, standing
from kaeru.marketplaces.counts import count
from kaeru.marketplaces.daycount import Manner
from kaeru.marketplaces.models import MallTerms
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.programme import load
from kaeru.marketplaces.rules import Count, judge
from kaeru.marketplaces.standing import Answer, Days
from kaeru.tenants.models import Organization, Shop
from tests import builders

ROOT = Path(__file__).parents[3]
FILE = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
LONDON = ZoneInfo("Europe/London")
QOO10 = load("qoo10")
READINGS = {one.name: one.reading for one in QOO10.readings}
MONTHS = [date(2010, 12, 1), *(date(2011, month, 1) for month in range(1, 13))]
pytestmark = pytest.mark.only_on("sqlite")  # half a million rows: once is enough


@pytest.fixture
def owner(db: None) -> Organization:
    if not FILE.exists():
        pytest.skip(f"LOUD: {FILE} is not here; the standing was not checked against the known figures")
    return builders.organization()


def imported(shop: Shop, file: Path) -> None:
    import_orders(shop, file, layout.load("kaeru", ROOT / "examples" / "online_retail_all_slips.toml"), actor="test")
    while events.deliver(1000):
        pass


def months(days: Days, name: str) -> list[Count]:
    ends = [(first + timedelta(days=32)).replace(day=1) - timedelta(days=1) for first in MONTHS]
    return [count(days(Period(*month)), READINGS[name]) for month in zip(MONTHS, ends, strict=True)]


def percents(told: Answer) -> list[float]:
    return [
        round(100 * verdict.count.rate, 1) for verdict in told.standing.judged[:2] if verdict.count.rate is not None
    ]


def test_it_gives_the_known_stages_for_each_definition(owner: Organization) -> None:
    shop = builders.shop(owner, currency="GBP", timezone="Europe/London")
    imported(shop, FILE)
    with scope.organization(owner.id):

        def told(name: str, on: date) -> Answer:
            return standing.recounted(shop, QOO10, on, READINGS[name], LONDON)

        quarters = [date(2011, 4, 1), date(2011, 7, 1), date(2011, 10, 1)]
        found = {
            name: [percents(told(name, on))[1] for on in quarters]
            for name in ("slips", "product_slips", "full_within_7_days")
        }
        assert found == {
            "slips": [22.1, 19.9, 19.1], "product_slips": [19.9, 17.8, 16.8], "full_within_7_days": [0.4, 0.6, 0.2],
        }  # fmt: skip
        assert [told("product_slips", on).standing.judged[1].stage for on in quarters] == ["items_500"] * 3
        assert told("product_slips", date(2011, 10, 1)).standing.judged[2].stage == "stopped"
        assert [told("full_within_7_days", on).standing.worst for on in quarters] == [None] * 3
        manner = Manner(LONDON, "orders", READINGS["slips"].services)
        days = standing.count_anew(shop, manner, Period(date(2010, 12, 1), date(2011, 12, 31)))
        rule = QOO10.rules[0]
        warned = {
            name: sum(judge(rule.lines, rule.few, one) is not None for one in months(days, name)[:12])
            for name in ("slips", "product_slips", "full_within_7_days")
        }
        assert warned == {"slips": 12, "product_slips": 12, "full_within_7_days": 0}
        assert [one.counted for one in months(days, "product_slips")] == [
            301, 247, 191, 281, 220, 267, 299, 236, 240, 299, 308, 396, 137,
        ]  # fmt: skip
        assert sum(one.orders for one in months(days, "slips")) == 19_773
        # The same under the mall's own clock, kept day by day instead of counted anew.
        terms = actions.join(shop, "qoo10", actor="test", reading=READINGS["slips"].as_json())
        counting.lay_out(terms)
        counting.settle(shop.id)
        kept, anew = (
            standing.answer(MallTerms.objects.get(), date(2011, 10, 1)),
            standing.recounted(shop, QOO10, date(2011, 10, 1), READINGS["slips"]),
        )
        assert kept.standing == anew.standing
        assert kept.standing.worst is not None
        assert kept.standing.worst.stage == "stopped"


@pytest.mark.only_on("sqlite")
def test_it_judges_each_country_as_a_shop(owner: Organization, tmp_path: Path) -> None:
    """Small shops: months with fewer than ten orders, and months with cancellations and no orders at all."""
    manner = Manner(LONDON, "orders", READINGS["slips"].services)
    rule, seen = QOO10.rules[0], []
    for place, file in enumerate(_by_country(tmp_path)):
        shop = builders.shop(owner, slug=f"country-{place}", currency="GBP", timezone="Europe/London")
        imported(shop, file)
        with scope.organization(owner.id):
            days = standing.count_anew(shop, manner, Period(date(2010, 12, 1), date(2011, 12, 31)))
        seen += [one for one in months(days, "product_slips")[:12] if one.orders or one.counted]
    large, small = [one for one in seen if one.orders >= 10], [one for one in seen if one.orders < 10]
    assert rule.few is not None
    over_7 = [one for one in large if judge(rule.lines, rule.few, one)]
    exempt = [one for one in small if judge(rule.lines, None, one) and not judge(rule.lines, rule.few, one)]
    over_50 = [one for one in small if judge(rule.lines, rule.few, one)]
    print(len(large), len(over_7), len(small), len(exempt), len(over_50), sum(not one.orders for one in over_50))
    assert (len(large), len(over_7), len(small)) == (55, 50, 235)
    assert (len(exempt), len(over_50), sum(not one.orders for one in over_50)) == (59, 27, 9)


def _by_country(folder: Path) -> list[Path]:
    """The file, cut into one for each country."""
    files: dict[str, list[list[str]]] = {}
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        for row in rows:
            files.setdefault(row[header.index("Country")], []).append(row)
    made = []
    for number, (_, rows_of) in enumerate(sorted(files.items())):
        path = folder / f"{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([header, *rows_of])
        made.append(path)
    return made
