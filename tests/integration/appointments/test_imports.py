"""`kaeru import customers` and `kaeru import appointments`, as a salon runs them on its first day."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.models import Booking, Occupancy
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.salons.models import Resource, Service
from kaeru.cli import imports
from kaeru.core import clock, scope
from kaeru.customers.models import Consent, Customer, Identity
from kaeru.messages.models import Message
from tests.cast import Cast
from tests.salon import TOKYO, House, salon

pytestmark = pytest.mark.integration
PEOPLE = """お客様番号,氏名,電話番号,メールアドレス,メルマガ,来店回数,初回来店日,最終来店日,主担当,メモ
1001,髙﨑　花子,090-1111-2222,Hana@Example.com,希望する,12,2021/4/1,2026年10月2日,さくら,猫アレルギー
1002,佐藤 愛,０９０３３３３４４４４,,,3,,2026/09/01,やめた人,
,𠮷野 家,,,いいえ,,,,,
"""


@pytest.fixture
def house(cast: Cast) -> House:
    return salon(cast.organization)


def run(
    tmp_path: Path, kind: str, text: str, *options: str, codec: str = "utf-8", exit_code: int = 0
) -> dict[str, Any]:
    path = tmp_path / f"{kind}.csv"
    path.write_bytes(text.encode(codec))
    result = CliRunner().invoke(imports.app, [kind, str(path), "--shop", "hasami", "--json", *options])
    assert result.exit_code == exit_code, result.output
    return dict(json.loads(result.stdout))


def test_it_takes_over_clients(house: House, tmp_path: Path) -> None:
    told = run(tmp_path, "customers", PEOPLE)
    assert {name: told[name] for name in ("rows", "accepted", "rejected", "rejections")} == {
        "rows": 3, "accepted": 3, "rejected": 0, "rejections": [],
    }  # fmt: skip
    assert told["customers"] == {"created": 3, "updated": 0, "unchanged": 0}
    with scope.organization(house.shop.organization_id):
        card = ClientCard.objects.select_related("customer").get(customer__source_id="1001")
        assert (card.visits, card.nominated_staff_id, card.note) == (12, house.sakura.id, "猫アレルギー")
        assert card.last_visit_at is not None
        assert card.last_visit_at.astimezone(TOKYO).date().isoformat() == "2026-10-02"
        assert card.customer.name == "髙﨑 花子"
        assert Consent.objects.filter(customer=card.customer, withdrawn_at=None).exists()
        assert Identity.objects.get(customer__source_id="1002").value == "09033334444"
        assert Customer.objects.filter(name="𠮷野 家").exists()


def test_it_changes_nothing_when_the_same_list_comes_again(house: House, tmp_path: Path) -> None:
    run(tmp_path, "customers", PEOPLE)
    with scope.organization(house.shop.organization_id):
        ClientCard.objects.filter(customer__source_id="1001").update(note="店で書いたこと")
    again = run(tmp_path, "customers", PEOPLE)
    assert again["customers"] == {"created": 0, "updated": 0, "unchanged": 3}
    with scope.organization(house.shop.organization_id):
        assert Customer.objects.filter(shop=house.shop).count() == 3
        assert ClientCard.objects.get(customer__source_id="1001").note == "店で書いたこと"


def test_it_reads_what_japanese_systems_write(house: House, tmp_path: Path) -> None:
    told = run(tmp_path, "customers", PEOPLE.replace("𠮷", "吉"), codec="cp932")
    assert (told["encoding"], told["accepted"]) == ("cp932", 3)


def test_it_writes_nothing_in_a_dry_run(house: House, tmp_path: Path) -> None:
    told = run(tmp_path, "customers", PEOPLE, "--dry-run")
    assert (told["customers"]["created"], told["dry_run"]) == (3, True)
    with scope.organization(house.shop.organization_id):
        assert not Customer.objects.filter(shop=house.shop).exists()
        assert not ClientCard.objects.exists()


def test_it_rejects_rows_by_line(house: House, tmp_path: Path) -> None:
    rows = "name,email,visits,last_visit_on\nA,no-mail,1,\nB,,x,\n,,,\nC,,,2999-01-01\nD,,2,2026-01-01\n,,4,\n"
    told = run(tmp_path, "customers", rows, exit_code=1)
    assert [(bad["line"], bad["code"]) for bad in told["rejections"]] == [
        (2, "email"),
        (3, "number"),
        (5, "dates"),
        (7, "nobody"),
    ]
    assert told["accepted"] == 1


@pytest.mark.parametrize(("text", "code"), [("a,b\n1,2\n", "wrong_layout"), ("visits,note\n1,2\n", "columns_missing")])
def test_it_refuses_a_list_of_something_else(house: House, tmp_path: Path, text: str, code: str) -> None:
    told = run(tmp_path, "customers", text, exit_code=1)
    assert [bad["code"] for bad in told["rejections"]] == [code]
    assert told["customers"] == {"created": 0, "updated": 0, "unchanged": 0}


def visits(house: House) -> str:
    """Two visits of the past, one cancelled, one missed, one to come."""
    today = clock.now().astimezone(TOKYO).date()
    days = [f"{today - timedelta(days=ago):%Y/%m/%d}" for ago in (60, 30, 20, 10, -2)]
    head = "予約番号,来店日,開始時間,所要時間,メニュー,スタッフ,指名,金額,ステータス,お客様名,電話番号\n"
    rows = (
        ("A1", days[0], "10:00", "60分", "カット", "さくら", "指名", "5,500円", "会計済み"),
        ("A2", days[1], "10:00", "60", "昔のメニュー", "やめた人", "なし", "4000", "来店済み"),
        ("A3", days[2], "11:00", "60", "カット", "純", "", "5500", "お客様キャンセル"),
        ("A4", days[3], "11:00", "60", "カット", "純", "", "5500", "無断キャンセル"),
        ("A5", days[4], "11:00", "60", "カット", "さくら", "指名", "6000", "予約中"),
    )
    return head + "".join(",".join(f'"{cell}"' for cell in row) + ",髙﨑 花子,090-1111-2222\n" for row in rows)


def test_it_takes_over_visits_as_history_and_books_what_is_to_come(house: House, tmp_path: Path) -> None:
    told = run(tmp_path, "appointments", visits(house))
    assert told["appointments"] == {"created": 5, "updated": 0, "unchanged": 0, "history": 4, "live": 1}
    assert (told["customers"]["created"], told["cancellations"]) == (1, 1)
    with scope.organization(house.shop.organization_id):
        rows = {row.key: row for row in Booking.objects.select_related("staff", "service")}
        assert [(rows[f"import:A{n}"].state, rows[f"import:A{n}"].is_history) for n in range(1, 6)] == [
            ("done", True), ("done", True), ("cancelled", True), ("no_show", True), ("booked", False),
        ]  # fmt: skip
        assert (rows["import:A1"].price, rows["import:A1"].is_nominated) == (5500, True)
        assert not Resource.objects.get(name="やめた人").is_active
        assert not Service.objects.get(name="昔のメニュー").is_active
        assert set(Occupancy.objects.values_list("booking_id", flat=True)) == {rows["import:A5"].id}
        assert rows["import:A5"].price == 6000
        card = ClientCard.objects.get()
        assert (card.visits, card.no_shows, card.nominated_staff_id) == (2, 1, house.sakura.id)
        assert not Message.objects.exists()


def test_it_changes_no_visit_when_the_same_list_comes_again(house: House, tmp_path: Path) -> None:
    run(tmp_path, "appointments", visits(house))
    again = run(tmp_path, "appointments", visits(house))
    assert again["appointments"] == {"created": 0, "updated": 0, "unchanged": 5, "history": 0, "live": 0}
    assert again["customers"] == {"created": 0, "updated": 0, "unchanged": 1}


def test_it_brings_on_what_became_of_a_visit(house: House, tmp_path: Path) -> None:
    run(tmp_path, "appointments", visits(house))
    told = run(
        tmp_path, "appointments", visits(house).replace("予約中", "サロンキャンセル").replace("5,500円", "5,000円")
    )
    assert told["appointments"]["updated"] == 2
    with scope.organization(house.shop.organization_id):
        row = Booking.objects.get(key="import:A5")
        assert (row.state, row.ended_by) == ("cancelled", "salon")
        assert not Occupancy.objects.exists()


def test_it_leaves_alone_what_was_changed_here_since(house: House, tmp_path: Path) -> None:
    run(tmp_path, "appointments", visits(house))
    with scope.organization(house.shop.organization_id):
        row = Booking.objects.get(key="import:A5")
        bookings.cancel(row.id, by="customer", via="line", actor="customer")
    told = run(tmp_path, "appointments", visits(house))
    assert [one["message"] for one in told["warnings"]] == ["changed here since: left as it is"]


def test_it_books_nothing_over_another_visit(house: House, tmp_path: Path) -> None:
    with scope.organization(house.shop.organization_id):
        day = clock.now().astimezone(TOKYO).date() + timedelta(days=2)
        wish = bookings.Wish(house.shop.id, house.services["cut"].id, house.at(day, 11), staff_id=house.sakura.id)
        bookings.book(wish, by="salon", via="console", actor="test")
    told = run(tmp_path, "appointments", visits(house), exit_code=1)
    assert [(bad["line"], bad["code"]) for bad in told["rejections"]] == [(6, "taken")]
    assert told["appointments"]["live"] == 0


def test_it_tries_everything_in_a_dry_run_and_writes_nothing(house: House, tmp_path: Path) -> None:
    told = run(tmp_path, "appointments", visits(house), "--dry-run")
    assert told["appointments"]["created"] == 5
    with scope.organization(house.shop.organization_id):
        assert not Booking.objects.exists()
        assert not Occupancy.objects.exists()
        assert not Resource.objects.filter(name="やめた人").exists()


def test_it_says_what_it_does_not_know_and_learns_it_from_a_map(house: House, tmp_path: Path) -> None:
    strange = (
        visits(house).replace("予約中", "仮").replace('"カット","さくら","指名","6000"', '"C+S","店長","指名","6000"')
    )
    told = run(tmp_path, "appointments", strange, exit_code=1)
    assert [(bad["line"], bad["code"]) for bad in told["rejections"]] == [(6, "state")]
    words = tmp_path / "words.toml"
    words.write_text(
        '[state]\nbooked = ["仮"]\n[service]\n"カット" = ["C+S"]\n[staff]\n"さくら" = ["店長"]\n', encoding="utf-8"
    )
    assert run(tmp_path, "appointments", strange, "--map", str(words))["appointments"]["live"] == 1
    assert run(tmp_path, "appointments", strange)["appointments"]["unchanged"] == 5  # the words are remembered


def test_it_rejects_what_cannot_be_a_visit(house: House, tmp_path: Path) -> None:
    rows = (
        "appointment_id,starts_at,service,staff,state,price,minutes\n1,x,カット,純,done,1,60\n2,2026-01-01 10:00,カット,純,done,-1,60\n"
        "3,2026-01-01 10:00,カット,純,done,1,0\n4,2099-01-01 10:00,カット,純,done,1,60\n5,2026-01-01 10:00,カット,純,done,1,60\n"
        "5,2026-01-01 10:00,カット,純,done,1,60\n6,2099-01-01 10:00,髪型,純,booked,1,60\n"
    )
    told = run(tmp_path, "appointments", rows, exit_code=1)
    assert [(bad["line"], bad["code"]) for bad in told["rejections"]] == [
        (2, "moment"), (3, "money"), (4, "minutes"), (5, "state"), (7, "twice"), (8, "unknown_service"),
    ]  # fmt: skip
    assert told["appointments"]["history"] == 1


def test_it_is_for_salons(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    assert CliRunner().invoke(imports.app, ["customers", str(path), "--shop", "kotori"]).exit_code == 2
