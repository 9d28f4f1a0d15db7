"""`kaeru lint-message`: one document on standard output, and an exit code that scripts can rely on."""

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kaeru.cli.commands import app

BAD = "返金のため口座番号をお知らせください。"
GOOD = "ご注文のキャンセルを承りました。"


def lint(*arguments: str, stdin: str = "") -> tuple[int, dict[str, Any]]:
    """Exit code and document."""
    done = CliRunner().invoke(app, ["lint-message", *arguments, "--json"], input=stdin)
    return done.exit_code, json.loads(done.stdout)


def test_it_says_what_is_wrong_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "bad.txt"
    file.write_text(BAD, "utf-8")
    code, said = lint(str(file), "--language", "ja")
    assert (code, said["verdict"]) == (1, "block")
    [found] = said["findings"]
    assert {"rule", "severity", "excerpt", "why", "source"} <= found.keys()
    assert (found["rule"], found["severity"]) == ("L01", "block")
    assert "口座番号" in found["excerpt"]


def test_it_reads_standard_input_and_passes_what_is_good() -> None:
    assert lint("-", stdin=GOOD) == (0, {"verdict": "pass", "findings": []})
    assert lint("-", stdin="{{ customer.name }} 様\n\n" + GOOD)[1]["verdict"] == "pass"
    assert lint("-", stdin="{{ customer.nmae }} 様\n\n" + GOOD)[1]["findings"][0]["rule"] == "L09"


def test_it_warns_without_failing() -> None:
    code, said = lint("-", stdin="残りわずか。今すぐお買い求めください。")
    assert (code, said["verdict"]) == (0, "warn")


@pytest.mark.parametrize(("side", "code"), [("shop", 1), ("customer", 0)])
def test_it_asks_whose_fault_it_is(side: str, code: int) -> None:
    assert lint("-", "--side", side, stdin="キャンセル手続きをお願いいたします。")[0] == code


def test_it_reads_html_and_mails_in_any_encoding(tmp_path: Path) -> None:
    html = tmp_path / "a.html"
    html.write_text(f"<p>{GOOD}</p><p style='font-size:0'>{BAD}</p>", "utf-8")
    assert {one["rule"] for one in lint(str(html))[1]["findings"]} >= {"L01", "L26"}
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "Re: ご注文について", "shop@kotori.example"
    mail.set_content(BAD, charset="iso-2022-jp")
    file = tmp_path / "a.eml"
    file.write_bytes(bytes(mail))
    assert {one["rule"] for one in lint(str(file))[1]["findings"]} == {"L01", "L19"}
    old = tmp_path / "old.txt"
    old.write_bytes(BAD.encode("cp932"))
    assert lint(str(old))[0] == 1


@pytest.mark.parametrize("arguments", [["/no/such/file"], ["-", "--kind", "joke"], []])
def test_it_ends_with_two_when_used_wrongly(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["lint-message", *arguments]).exit_code == 2
