"""What came back because of Kaeru, over the API, and the file behind it."""

from kaeru.core import scope
from kaeru.recoveries import rollup
from kaeru.uplift import files
from tests.cast import Cast
from tests.integration.api.client import System
from tests.integration.recoveries.world import fill


def test_it_tells_the_figures_of_the_shop(cast: Cast) -> None:
    system = System(cast.kotori)
    empty = system.get("/reports/uplift")
    assert (empty["figures"], empty["pulled_forward"]) == ([], False)
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 300, seed=1)
        rollup.roll_shops([cast.kotori.id])
    told = system.get("/reports/uplift?window=14")
    assert told["window"] == 14
    assert [one["part"].partition(":")[0] for one in told["figures"]] == [
        "all",
        "scenario",
        "scenario",
        "reason",
        "reason",
        "channel",
    ]
    whole = told["figures"][0]
    assert (whole["verdict"], whole["causal"]) == ("proven", True)
    assert whole["low"] < whole["uplift"] < whole["high"]
    assert whole["money"]["per_cancellation"] > 0
    assert System(cast.other_shop).get("/reports/uplift")["figures"] == []
    assert system.call("GET", "/reports/uplift?window=8").status_code == 422
    assert system.call("GET", "/reports/uplift?days=7").status_code == 422


def test_it_gives_the_file_to_work_them_out_again(cast: Cast) -> None:
    system = System(cast.kotori)
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 50, seed=1)
    answer = system.call("GET", "/reports/uplift/audit?part=channel:mail")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert len(text.splitlines()) == 51
    assert len(files.read(text.splitlines()).units) > 20
    assert system.call("GET", "/reports/uplift/audit?part=nothing").status_code == 422
    other = System(cast.other_shop).call("GET", "/reports/uplift/audit")
    assert len(b"".join(other.streaming_content).splitlines()) == 1  # type: ignore[attr-defined]
