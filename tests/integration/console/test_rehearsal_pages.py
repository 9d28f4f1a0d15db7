"""The pages of rehearsal, versions, moving and files: for Aoi they work, for Mei they only show, for Chika they are not there."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.scenarios import actions
from kaeru.scenarios.files import dump
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Enrollment, RehearsalRun, Revision, Scenario, StepLog
from kaeru.scenarios.rehearsal import stored
from kaeru.worker import registry
from tests import builders
from tests import drafts as flows
from tests.cast import Cast

STEPS = [
    flows.message(word="a") | {"id": "a"}, flows.wait(days=1) | {"id": "w"}, flows.coupon() | {"id": "c"},
    flows.message("advertisement", coupon=True) | {"id": "b"},
]  # fmt: skip


@pytest.fixture
def scenario(cast: Cast) -> Scenario:
    """A published scenario, and three customers who cancelled ten days ago."""
    reason = builders.reason(cast.kotori)
    with scope.organization(cast.organization.id):
        made = actions.begin(cast.kotori, actor="test", reason=reason, flow=flow_of(STEPS))
        actions.publish(made.id, actor=f"member:{cast.aoi.member.id}", note="はじめの版")
        made.refresh_from_db()
    for number in range(3):
        buyer = builders.customer(
            cast.kotori, name=f"山田 {number}子", email=f"y{number}@example.com", consents=number != 2
        )
        when = clock.now() - timedelta(days=10, hours=number)
        order = builders.order(cast.kotori, buyer, placed_at=when - timedelta(hours=1))
        wish = builders.cancellation(order, reason, requested_at=when, decided_at=when)
        if number == 0:
            assert made.revision is not None
            builders.enrollment(made.revision, wish, step=2)
    return made


def ask(browser: Client, scenario: Scenario, **said: Any) -> Any:
    return browser.post(
        f"/scenarios/{scenario.id}/rehearsal/", {"what": "draft", "days": "90", "calls": "unreached", **said}
    )


def test_it_rehearses_the_draft_and_says_so_in_one_sentence(cast: Cast, scenario: Scenario) -> None:
    browser = cast.aoi.browser()
    assert "予行" in browser.get(f"/scenarios/{scenario.id}/rehearsal/", HTTP_ACCEPT_LANGUAGE="ja").content.decode()
    answer = ask(browser, scenario)
    assert answer.status_code == 303
    page = browser.get(answer["Location"], HTTP_ACCEPT_LANGUAGE="ja").content.decode()
    assert "90日間で3件が始まり、メール5通、クーポン2枚（1,000円）、電話0件になります。" in page
    assert "山田 0子" in page
    assert "<svg" in page
    english = browser.get(answer["Location"] + "?lang=en", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "In 90 days 3 customers would have started" in english


def test_it_masks_names_for_who_may_not_see_people(cast: Cast, scenario: Scenario) -> None:
    address = ask(cast.aoi.browser(), scenario)["Location"]
    page = cast.mei.browser().get(address).content.decode()
    assert "山•••" in page
    assert "山田" not in page
    assert ask(cast.mei.browser(), scenario).status_code == 403


def test_it_keeps_no_names_in_the_answer(cast: Cast, scenario: Scenario) -> None:
    ask(cast.aoi.browser(), scenario)
    with scope.organization(cast.organization.id):
        assert "山" not in str(RehearsalRun.objects.get().answer)


def test_it_compares_two_versions(cast: Cast, scenario: Scenario) -> None:
    with scope.organization(cast.organization.id):
        actions.save_draft(scenario.id, flow_of([*STEPS, flows.message(word="more") | {"id": "m"}]), actor="test")
    answer = ask(cast.aoi.browser(), scenario, against="1")
    page = cast.aoi.browser().get(answer["Location"], HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "3 customers get something else." in page or "3名のお客様で" in page


def test_it_runs_long_ones_beside_the_page(cast: Cast, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "AT_ONCE", 0)
    address = ask(cast.aoi.browser(), scenario)["Location"]
    page = cast.aoi.browser().get(address).content.decode()
    assert "<progress" in page
    assert "hx-get" in page
    assert registry.named("rehearsals").run(1) == 1
    assert "<progress" not in cast.aoi.browser().get(address).content.decode()
    assert registry.named("rehearsals").run(1) == 0


def test_it_takes_up_a_run_whose_worker_died_and_gives_up_at_the_third_time(cast: Cast, scenario: Scenario) -> None:
    past = clock.wall() - timedelta(minutes=1)
    again = builders.rehearsal(scenario, state="running", attempts=1, claimed_until=past)
    dead = builders.rehearsal(scenario, state="running", attempts=2, claimed_until=past)
    while registry.named("rehearsals").run(1):
        pass
    with scope.organization(cast.organization.id):
        states = dict(RehearsalRun.objects.values_list("id", "state"))
    assert states == {again.id: "done", dead.id: "failed"}


@pytest.mark.parametrize(
    "said", [{"days": "0"}, {"days": "x"}, {"days": "99999999999"}, {"what": "17"}, {"against": "x"}]
)
def test_it_refuses_nonsense(cast: Cast, scenario: Scenario, said: dict[str, str]) -> None:
    assert ask(cast.aoi.browser(), scenario, **said).status_code == 303
    with scope.organization(cast.organization.id):
        assert not RehearsalRun.objects.exists()


def test_it_tells_when_the_draft_is_not_ready(cast: Cast, scenario: Scenario) -> None:
    with scope.organization(cast.organization.id):
        actions.save_draft(scenario.id, flow_of([]), actor="test")
    answer = ask(cast.aoi.browser(), scenario)
    assert answer["Location"].endswith("/rehearsal/")


def test_it_shows_who_published_what_and_what_changed(cast: Cast, scenario: Scenario) -> None:
    with scope.organization(cast.organization.id):
        changed = [{**STEPS[0], "texts": {**STEPS[0]["texts"], "ja": {"subject": "件名 新", "body": "a"}}}, *STEPS[1:3]]
        actions.save_draft(scenario.id, flow_of(changed), actor="test")
    page = cast.mei.browser().get(f"/scenarios/{scenario.id}/versions/", HTTP_ACCEPT_LANGUAGE="ja").content.decode()
    assert "青井 葵" in page
    assert "はじめの版" in page
    assert "<ins>新</ins>" in page
    assert "削除" in page
    same = (
        cast.mei.browser()
        .get(f"/scenarios/{scenario.id}/versions/?from=1&to=1", HTTP_ACCEPT_LANGUAGE="ja")
        .content.decode()
    )
    assert "違いはありません" in same
    assert cast.mei.browser().get(f"/scenarios/{scenario.id}/versions/?from=99&to=%00").status_code == 200


def test_it_makes_an_earlier_version_the_draft(cast: Cast, scenario: Scenario) -> None:
    address = f"/scenarios/{scenario.id}/versions/restore/"
    with scope.organization(cast.organization.id):
        actions.save_draft(scenario.id, flow_of([]), actor="test")
    assert cast.mei.browser().post(address, {"number": "1"}).status_code == 403
    assert cast.aoi.browser().post(address, {"number": "99"})["Location"].endswith("/versions/")
    assert cast.aoi.browser().post(address, {"number": "1"}).status_code == 303
    with scope.organization(cast.organization.id):
        assert [step["id"] for step in Scenario.objects.get(id=scenario.id).draft["steps"]] == ["a", "w", "c", "b"]
        last = AuditEntry.objects.filter(subject_id=scenario.id).order_by("-id")[:2]
        told = [(entry.actor, entry.verb, entry.detail) for entry in last]
    assert told == [
        (f"member:{cast.aoi.member.id}", "scenario.restored", {"revision": 1}), ("test", "scenario.draft_saved", {}),
    ]  # fmt: skip


def test_it_shows_what_a_move_does_to_whom_and_does_it(cast: Cast, scenario: Scenario) -> None:
    address = f"/scenarios/{scenario.id}/move/"
    with scope.organization(cast.organization.id):
        first = Revision.objects.get(scenario=scenario)
        actions.save_draft(scenario.id, flow_of([*STEPS[:2], flows.message(word="x") | {"id": "x"}]), actor="test")
        actions.publish(scenario.id, actor="test")
    page = cast.aoi.browser().get(address, HTTP_ACCEPT_LANGUAGE="ja").content.decode()
    assert "1名のお客様が、公開中の版で進みます。" in page
    assert "同じステップにとどまります" in page
    assert "山田 0子" in page
    assert "山田" not in cast.mei.browser().get(address).content.decode()
    assert cast.mei.browser().post(address, {"from": str(first.id)}).status_code == 403
    assert cast.aoi.browser().post(address, {"from": ["x", str(first.id)]}).status_code == 303
    with scope.organization(cast.organization.id):
        moved = Enrollment.objects.select_related("revision").get()
        assert (moved.revision.number, moved.step) == (2, 2)


def test_it_tells_what_was_before_a_move_in_the_words_of_then(cast: Cast, scenario: Scenario) -> None:
    with scope.organization(cast.organization.id):
        row = Enrollment.objects.get()
        StepLog.objects.create(
            organization_id=row.organization_id,
            enrollment_id=row.id,
            position=1,
            kind="wait",
            outcome="done",
            at=clock.now(),
        )
        first = Revision.objects.get(scenario=scenario)
        actions.save_draft(
            scenario.id,
            flow_of([flows.message(word="z") | {"id": "z"}, STEPS[0], {**STEPS[1], "days": 6}]),
            actor="test",
        )
        actions.publish(scenario.id, actor="test")
        actions.move(scenario.id, [first.id], actor="test")
    browser = cast.aoi.browser()
    browser.cookies["kaeru_language"] = "en"
    page = browser.get(f"/cancellations/{row.cancellation_id}/").content.decode()
    assert "Moved to another version" in page
    assert "after 1 day" in page


def test_it_gives_and_takes_files(cast: Cast, scenario: Scenario) -> None:
    browser, address = cast.aoi.browser(), f"/scenarios/{scenario.id}/file/"
    given = browser.get(f"{address}download/")
    assert given["Content-Disposition"] == 'attachment; filename="change_address.yaml"'
    assert browser.get(f"{address}download/?version=9").status_code == 404
    text = given.content.decode().replace("days: 1\n", "days: 3\n", 1)
    upload = SimpleUploadedFile("a.yaml", text.encode())
    assert browser.post(address, {"file": upload, "into": "draft"}).status_code == 303
    with scope.organization(cast.organization.id):
        assert Scenario.objects.get(id=scenario.id).draft["steps"][1]["days"] == 3
    assert browser.post(address, {"text": text, "into": "new"}).status_code == 303
    with scope.organization(cast.organization.id):
        assert Scenario.objects.count() == 2


def test_it_shows_problems_by_line_and_keeps_what_was_pasted(cast: Cast, scenario: Scenario) -> None:
    text = dump(scenario.draft).replace("days: 1\n", "days: １\n", 1).replace("kind: coupon", "kind: kupon")
    page = cast.aoi.browser().post(f"/scenarios/{scenario.id}/file/", {"text": text}, HTTP_ACCEPT_LANGUAGE="ja")
    assert page.status_code == 422
    told = page.content.decode()
    line = next(number for number, part in enumerate(text.splitlines(), 1) if "１" in part)
    assert f"{line}行目" in told
    assert "kupon" in told
    assert cast.mei.browser().post(f"/scenarios/{scenario.id}/file/", {"text": text}).status_code == 403


def test_it_is_not_there_for_a_stranger(cast: Cast, scenario: Scenario) -> None:
    run = builders.rehearsal(scenario)
    browser = cast.chika.browser()
    for path in ("rehearsal/", f"rehearsal/{run.id}/", "versions/", "move/", "file/", "file/download/"):
        assert browser.get(f"/scenarios/{scenario.id}/{path}").status_code == 404, path
