"""A person in LINE and a card belong together only when both are proven: once, within ten minutes, for the friend who asked."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from examples.line.platform import Fault
from kaeru.channels.line import conversation, friends, hearing, linking
from kaeru.channels.line.conversation import Heard, Kind, Said
from kaeru.channels.line.linking import LinkRefused
from kaeru.channels.line.models import LineAccount, LineFriend, LineLink
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.customers.models import Consent, Customer, Identity
from tests import builders
from tests.cast import Cast
from tests.fakes.line_wire import HARU, YUKI, LineWire

Talk = list[conversation.Handler]


def friend(cast: Cast, user: str = YUKI) -> LineFriend:
    with scope.organization(cast.organization.id):
        return friends.known(cast.organization.id, cast.kotori.id, user, clock.now())


@pytest.fixture
def card(cast: Cast) -> Customer:
    """Yuki's card."""
    return builders.customer(cast.kotori, name="髙﨑ゆき", email="yuki@example.com")


def begun(cast: Cast, card: Customer, who: LineFriend, about: int | None = 77) -> dict[str, str]:
    """Link token and nonce of a link that begins."""
    with scope.organization(cast.organization.id):
        address = linking.begin(who, card, session_key="session", about_id=about)
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def linked_to() -> set[int | None]:
    with scope.everyone():
        return set(LineFriend.objects.values_list("customer_id", flat=True))


def test_it_links_by_lines_own_dialog(
    line: LineWire, cast: Cast, account: LineAccount, card: Customer, talk: Talk
) -> None:
    heard: list[Heard] = []

    def handler(one: Heard) -> Said | None:
        heard.append(one)
        return None

    talk.append(handler)
    told = begun(cast, card, friend(cast))
    assert len(told["nonce"]) >= 22
    with scope.everyone():
        assert told["nonce"].encode() not in bytes(LineLink.objects.get().nonce_hash)
    assert line.platform.link(told["linkToken"], told["nonce"])
    line.deliver()
    hearing.work(10)
    assert linked_to() == {card.id}
    assert [(one.kind, one.data, one.friend.customer_id) for one in heard] == [(Kind.LINK, "77", card.id)]
    with scope.everyone():
        assert Identity.objects.get(customer=card, kind="line").value == YUKI
        assert Consent.objects.get(customer=card, channel="line").source == "line_friend"
        assert YUKI not in str(list(AuditEntry.objects.values_list("detail", "actor")))
        assert friends.reachable([card.id]) == {card.id}


def test_it_links_once_for_each_nonce(line: LineWire, cast: Cast, account: LineAccount, card: Customer) -> None:
    who = friend(cast)
    told = begun(cast, card, who)
    with scope.organization(cast.organization.id):
        assert linking.settle(who, {"result": "ok", "nonce": told["nonce"]}) == "77"
        friends.unbind(card.id, actor="test")
        assert linking.settle(who, {"result": "ok", "nonce": told["nonce"]}) is None
    assert linked_to() == {None}


@pytest.mark.parametrize("what", ["other_friend", "late", "failed", "unknown", "nothing", "other_shop"])
def test_it_links_nobody_else(line: LineWire, cast: Cast, account: LineAccount, card: Customer, what: str) -> None:
    who = friend(cast)
    told = begun(cast, card, who)
    nonce, result = told["nonce"], "ok"
    match what:
        case "other_friend":
            who = friend(cast, HARU)
        case "late":
            clock.skip_to(clock.now() + timedelta(minutes=10, seconds=1))
        case "failed":
            result = "failed"
        case "unknown":
            nonce = "A" * 43
        case "nothing":
            nonce = ""
        case "other_shop":
            line.connect(cast.other_shop)
            with scope.organization(cast.other_organization.id):
                who = friends.known(cast.other_organization.id, cast.other_shop.id, YUKI, clock.now())
    with scope.everyone():
        assert linking.settle(who, {"result": result, "nonce": nonce}) is None
    assert linked_to() == {None}
    with scope.everyone():
        assert not Identity.objects.filter(kind="line").exists()


def test_it_begins_nothing_for_a_card_of_another_shop(line: LineWire, cast: Cast, account: LineAccount) -> None:
    theirs = builders.customer(cast.other_shop)
    with scope.everyone(), pytest.raises(LinkRefused):
        linking.begin(friend(cast), theirs, session_key="s")


def test_it_moves_a_link_only_with_a_new_proof(
    line: LineWire, cast: Cast, account: LineAccount, card: Customer
) -> None:
    other = builders.customer(cast.kotori, name="別の人", email="b@example.com")
    with scope.organization(cast.organization.id):
        friends.bind(friend(cast), card.id, actor="customer", how="nonce")
        friends.bind(friend(cast, HARU), other.id, actor="customer", how="nonce")
        friends.bind(friend(cast), other.id, actor="customer", how="nonce")
        rows = list(Identity.objects.filter(kind="line").values_list("customer_id", "value"))
        assert rows == [(other.id, YUKI)]
        assert {one.user_id: one.customer_id for one in LineFriend.objects.all()} == {YUKI: other.id, HARU: None}


def test_it_believes_an_id_token_only_from_line(
    line: LineWire, cast: Cast, account: LineAccount, card: Customer
) -> None:
    ours = account.login_channel_id
    with scope.organization(cast.organization.id):
        good = line.platform.id_token(YUKI, ours)
        person = linking.person_of(cast.kotori.id, good)
        assert (person.user_id, person.name) == (YUKI, "髙﨑ゆき💇‍♀️")
        for bad in ("", "x" * 5_000, "forged", line.platform.id_token(YUKI, "another channel"), YUKI):
            with pytest.raises(LinkRefused) as no:
                linking.person_of(cast.kotori.id, bad)
            assert no.value.why == "token"
        with pytest.raises(LinkRefused):
            linking.person_of(cast.kotori.id, line.platform.id_token(YUKI, ours, "other nonce"), nonce="mine")
        line.platform.faults.append(Fault("/verify", 503))
        with pytest.raises(LinkRefused) as down:
            linking.person_of(cast.kotori.id, good)
        assert down.value.why == "unanswered"
        found = linking.link_person(cast.kotori.id, person, card)
        assert (found.customer_id, friends.of_customer(card.id)) == (card.id, found)
    with scope.organization(cast.other_organization.id), pytest.raises(LinkRefused):
        linking.person_of(cast.other_shop.id, good)


def test_it_makes_a_card_for_somebody_who_was_never_here(line: LineWire, cast: Cast, account: LineAccount) -> None:
    who = friend(cast)
    friends.look(10)
    with scope.organization(cast.organization.id):
        made = friends.card_of(LineFriend.objects.get(id=who.id))
        assert friends.card_of(LineFriend.objects.get(id=who.id)) == made
        assert Customer.objects.get(id=made).name == "髙﨑ゆき💇‍♀️"


def test_its_invitation_works_for_ten_minutes_and_cannot_be_made_up(
    line: LineWire, cast: Cast, account: LineAccount
) -> None:
    token = linking.invite(friend(cast)).rstrip("/").rsplit("/", 1)[-1]
    with scope.everyone():
        assert linking.friend_behind(token) == friend(cast)
        assert linking.friend_behind(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
        assert linking.friend_behind("") is None
