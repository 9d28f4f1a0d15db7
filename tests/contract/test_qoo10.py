"""The connector and the fake mall are both held to the same contract of QAPI, where it lies beside the repository."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kaeru.connectors import pacing
from kaeru.connectors.base import Access, Barred, Standing
from kaeru.connectors.changes import AnswerInquiry, Cancel, MarkDispatched, SetDispatchDate
from kaeru.connectors.qoo10 import client, reading, words
from kaeru.connectors.qoo10.poller import Qoo10Poller, inquiry
from kaeru.connectors.qoo10.seller_reasons import SellerReason
from kaeru.connectors.qoo10.writer import DELAY, LONGEST_ANSWER, Qoo10Writer
from kaeru.core import clock, http
from tests.fakes.contracts import _schema
from tests.fakes.qoo10_state import Mall
from tests.fakes.qoo10_wire import BASE, Wire, listening

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "qoo10" / "qapi.yaml"
pytestmark = pytest.mark.skipif(
    not CONTRACT.is_file(), reason=f"THE CONTRACT IS NOT CHECKED: Qoo10's is not at {CONTRACT}"
)


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(CONTRACT.read_text("utf-8"))
    return found


def operation(method: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][BASE + method]["post"]
    return found


def schema_of(node: dict[str, Any], kind: str) -> dict[str, Any]:
    schemas = document()["components"]["schemas"]
    found: dict[str, Any] = _schema(node["content"][kind]["schema"], schemas)
    return found


def check_request(method: str, told: dict[str, str]) -> None:
    schema = schema_of(operation(method)["requestBody"], "application/x-www-form-urlencoded")
    jsonschema.validate(told, {**schema, "additionalProperties": False})


def check_answer(method: str, told: dict[str, Any]) -> None:
    jsonschema.validate(told, schema_of(operation(method)["responses"]["200"], "application/json"))


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    pacing.forget()
    with listening(Mall()) as found:
        monkeypatch.setattr(client, "ADDRESS", f"{found.url}{BASE}{{method}}")
        monkeypatch.setattr(client, "PER_SECOND", 100_000.0)
        yield found


def access(wire: Wire) -> Access:
    def lines(pack: str) -> list[str]:
        return [str(line.number) for line in wire.mall.lines.values() if str(line.pack) == pack]

    return Access(1, "testshop", [wire.mall.key], lines=lines)


def live(wire: Wire) -> None:
    """Everything that can happen, through the connector."""
    way, mall, writer = access(wire), wire.mall, Qoo10Writer()
    kept, asked, sent, gone = (mall.place()[0] for _ in range(4))
    mall.place(("Tシャツ", 2, 3500), ("帽子", 1, 1980), wish="14:00~16:00", send_type="2")
    mall.place(paid=False)
    question = mall.ask("いつ届きますか", "急いでいます", kept)
    found = Qoo10Poller().poll(way, None, {})
    assert len(found.orders) == 6
    day = (clock.now() + timedelta(days=2)).date().isoformat()
    assert writer.write(way, str(asked.pack), SetDispatchDate(day), "k", Standing()).outcome == "done"
    mall.ask_to_cancel(asked)
    assert writer.write(way, str(sent.pack), MarkDispatched("ヤマト宅急便", "1234"), "k", Standing()).outcome == "done"
    cancel = Cancel("changed_mind", "customer")
    assert writer.write(way, str(gone.pack), cancel, "k", Standing()).outcome == "done"
    assert writer.write(way, str(gone.pack), cancel, "k", Standing()).outcome == "refused"
    answer = AnswerInquiry(f"MSG:{question.question}:1", "明日です", clock.now().isoformat())
    assert writer.write(way, "", answer, "k", Standing()).outcome == "done"
    for _ in range(5):
        found = Qoo10Poller().poll(way, found.reached, found.upkeep)


def test_what_the_connector_asks_and_the_fake_answers_fits_the_contract(wire: Wire) -> None:
    live(wire)
    assert len({name for name, _ in wire.calls}) == 8
    for name, told in wire.calls:
        check_request(name, told)
    for name, body in wire.answers:
        check_answer(name, body)
    assert all(one["qapiversion"] == "1.0" and one["giosiscertificationkey"] for one in wire.headers)
    assert all("?" not in path for path in wire.paths)


@pytest.mark.parametrize("fault", ["code:-10000", "error:-90001", "code:-90004", "null", "text"])
def test_the_fakes_faults_fit_the_contract(wire: Wire, fault: str) -> None:
    wire.faults["GetClaimInfo_V3"].append(fault)
    if fault == "null":
        Qoo10Poller().poll(access(wire), None, {})
    else:
        with pytest.raises(Barred, match="not_understood" if fault == "text" else "token_revoked"):
            Qoo10Poller().poll(access(wire), None, {})
    for name, body in wire.answers:
        check_answer(name, body)


def test_the_contracts_key_trouble_is_the_connectors() -> None:
    for path, told in document()["paths"].items():
        codes = {int(code) for code in told["post"].get("x-result-codes", {})}
        trouble = {code for code in codes if code == -10000 or -90005 <= code <= -90001}
        assert trouble <= client.KEY_TROUBLE.keys(), path


def examples() -> Iterator[tuple[str, str, Any]]:
    if not CONTRACT.is_file():
        return
    for path, told in document()["paths"].items():
        content = told["post"]["responses"]["200"]["content"]["application/json"]
        for name, example in content.get("examples", {}).items():
            yield path.removeprefix(BASE), name, example["value"]


@pytest.mark.parametrize(("method", "name", "value"), list(examples()))
def test_the_connector_understands_every_example_of_the_contract(method: str, name: str, value: Any) -> None:
    answer = http.Answer(200, json.dumps(value).encode())
    code = value.get("ResultCode", value.get("ErrorCode"))
    if code in client.KEY_TROUBLE:
        with pytest.raises(Barred):
            client._result(method, answer)
    elif code:
        with pytest.raises(client.Refused):
            client._result(method, answer)
    else:
        found = client._result(method, answer)
        if "GetShippingInfo" in method and found:
            (line,) = reading.lines_of(found)
            assert (line.pack, line.number, line.state, line.total) == ("500000001", "1062428737", "2", 7000)
        if "GetClaimInfo" in method and found:
            (claim,), strange = reading.claims_of(found)
            assert (claim.line, claim.status, claim.amount, strange) == ("1062428737", "1", 7500, 0)


@pytest.mark.parametrize("schema", ["OrderLineV3", "OrderLineV2", "OrderAndClaim"])
def test_every_spelling_is_read_alike(schema: str) -> None:
    """A row with each field that the contract knows, whatever it is called there."""
    samples = {"integer": 1062428737, "number": 3500, "string": "x"}
    fields = document()["components"]["schemas"][schema]["properties"]
    row: dict[str, Any] = {name: samples[told["type"]] for name, told in fields.items()}
    dates = {name: "2026-11-20 21:14:03" for name in fields if "date" in name.lower()}
    status = "ShippingStatus" if "ShippingStatus" in fields else "shippingStatus"
    quantity = "OrderQty" if "OrderQty" in fields else "orderQty"
    (line,) = reading.lines_of([{**row, **dates, status: "配送準備(3)", quantity: 2}])
    assert (line.number, line.pack, line.state, line.quantity) == ("1062428737", "1062428737", "3", 2)
    assert (line.price, line.total, line.item, line.sku, line.title, line.option) == (3500, 3500, "x", "x", "x", "x")
    assert (line.carrier, line.tracking) == ("x", "x")
    assert line.dispatch_by is not None and line.dispatch_by.isoformat() == "2026-11-20"
    assert line.shipped_at is not None and line.head is not None
    assert line.head.customer is not None and (line.head.customer.name, line.head.customer.email) == ("x", "x")
    assert line.head.wished_on is not None and line.head.paid_at is not None


def test_an_inquiry_of_the_contract_is_read() -> None:
    fields = document()["components"]["schemas"]["Inquiry"]["properties"]
    row = {name: 7 if told["type"] == "integer" else "x" for name, told in fields.items()}
    found = inquiry(words.Row({**row, "INQ_DT": "2026-11-20 21:14:03", "STATUS": "S3", "CLAIM_YN": "Y"}), clock.now())
    assert found is not None
    assert (found.source_id, found.line_source_id, found.is_about_claim, found.title) == ("x:7:7", "7", True, "x")
    assert found.answered_at is not None


def test_the_connectors_codes_are_the_contracts() -> None:
    properties = schema_of(operation("Claim.SetCancelProcess")["requestBody"], "application/x-www-form-urlencoded")[
        "properties"
    ]
    assert {one.value for one in SellerReason} == set(properties["CancelReason"]["enum"]) - {""}
    dates = schema_of(
        operation("ShippingBasic.SetSellerCheckYN_V2")["requestBody"], "application/x-www-form-urlencoded"
    )["properties"]
    assert set(DELAY.values()) == set(dates["DelayType"]["enum"]) - {""}
    answers = schema_of(operation("CSCenter.SetInquiryMessage")["requestBody"], "application/x-www-form-urlencoded")[
        "properties"
    ]
    assert answers["contents"]["maxLength"] == LONGEST_ANSWER
    assert words.SHIPPING.keys() == {key for key in document()["x-status-maps"]["shipping_status"] if key.isdecimal()}
    told = document()["components"]["schemas"]["Claim"]["properties"]["claimStatus"]["description"]
    assert all(f"{code} " in told for code in words.CLAIM)
