"""The strict reader of CSV."""

import csv
import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.connectors.files import table
from kaeru.connectors.files.errors import FileRefused, Rejection
from kaeru.connectors.files.table import MOST_FIELD, Row, Table


def rows_of(text: str, delimiter: str = ",") -> list[Row | Rejection]:
    return list(Table(io.StringIO(text, newline=""), delimiter).rows())


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ['"', '""', '","', "\n", "\r\n", "\r", 'a"b', " ", "髙﨑𠮷", ",", "\u2028", "\x0b", "\x1c", "\x85"]
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 5))
    return draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))


WAYS: list[tuple[str, Literal[0, 1]]] = [("\r\n", 0), ("\r\n", 1), ("\n", 1), ("\r", 1)]
"""Line end, and csv.QUOTE_MINIMAL or csv.QUOTE_ALL."""


@given(tables(), st.sampled_from([",", "\t", ";"]), st.sampled_from(WAYS))
def test_it_reads_back_whatever_was_written(
    cells: list[list[str]], delimiter: str, way: tuple[str, Literal[0, 1]]
) -> None:
    out = io.StringIO(newline="")
    end, quoting = way
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([["h"] * len(cells[0]), *cells])
    read = rows_of(out.getvalue(), delimiter)
    assert [row[1] for row in read if isinstance(row, tuple)] == cells
    assert len(read) == len(cells)


@given(tables())
def test_it_numbers_rows_by_the_line_they_begin_in(cells: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["h"] * len(cells[0])])
    expected = []
    for row in cells:
        text = out.getvalue()
        expected.append(1 + len(io.StringIO(text, newline="").readlines()))
        csv.writer(out).writerow(row)
    assert [row[0] for row in rows_of(out.getvalue()) if isinstance(row, tuple)] == expected


@given(st.text(st.sampled_from('ab,"\n\r'), max_size=60))
def test_it_takes_or_rejects_every_line_and_never_raises(body: str) -> None:
    for row in rows_of("a,b\n" + body):
        if isinstance(row, Rejection):
            assert row.line >= 2
            assert row.message
        else:
            assert len(row[1]) == 2


def test_it_names_the_line_where_an_unclosed_quote_opened_and_reads_on() -> None:
    told = rows_of('a,b\n1,x\n2,"never closed\n3,y\n4,z\n')
    assert told[0] == (2, ["1", "x"])
    assert isinstance(told[1], Rejection)
    assert (told[1].line, told[1].code) == (3, "unclosed_quote")
    assert told[2:] == [(4, ["3", "y"]), (5, ["4", "z"])]


def test_it_does_not_let_a_later_quote_close_an_earlier_one() -> None:
    told = rows_of('a,b\n1,"open\n2,"closed"\n3,z\n')
    assert [row if isinstance(row, tuple) else (row.line, row.code) for row in told] == [
        (2, "quote"), (3, ["2", "closed"]), (4, ["3", "z"]),
    ]  # fmt: skip


def test_it_suspects_an_unclosed_quote_when_a_row_of_many_lines_has_the_wrong_width() -> None:
    told = rows_of('a,b\n1,"open\n2,x\n3,y",tail,more\n4,z\n')
    assert isinstance(told[0], Rejection)
    assert (told[0].line, told[0].code) == (2, "columns")
    assert "is a quote not closed?" in told[0].message
    assert (3, ["2", "x"]) in told
    assert (5, ["4", "z"]) in told


@pytest.mark.parametrize("body", ["1\n", "1,2,3\n", '"1"\n', '"1","2","3"\n'])
def test_it_rejects_short_and_long_rows(body: str) -> None:
    told = rows_of("a,b\n" + body + "x,y\n")
    assert isinstance(told[0], Rejection)
    assert (told[0].line, told[0].code) == (2, "columns")
    assert told[1] == (3, ["x", "y"])


def test_it_keeps_a_quote_inside_an_unquoted_field_as_text() -> None:
    assert rows_of('a,b\n5" screen,x\n') == [(2, ['5" screen', "x"])]


def test_it_rejects_text_after_a_closing_quote() -> None:
    told = rows_of('a,b\n"x"y,z\n1,2\n')
    assert isinstance(told[0], Rejection)
    assert told[0].code == "quote"
    assert told[1] == (3, ["1", "2"])


@pytest.mark.parametrize("body", ["1,x\0y\n", '1,"x\0y"\n', '1,"x\n\0y"\n'])
def test_it_rejects_zero_bytes(body: str) -> None:
    told = rows_of("a,b\n" + body)
    assert isinstance(told[0], Rejection)
    assert told[0].code == "zero_byte"


def test_it_takes_a_field_of_a_hundred_thousand_characters() -> None:
    long = "あ" * 100_000
    assert rows_of(f'a,b\n{long},"{long}\n{long}"\n') == [(2, [long, f"{long}\n{long}"])]


@pytest.mark.parametrize("quote", ["", '"'])
def test_it_rejects_a_field_beyond_the_limit_and_reads_on(quote: str) -> None:
    told = rows_of(f"a,b\n{quote}{'x' * (MOST_FIELD + 1)}{quote},1\n2,y\n")
    assert isinstance(told[0], Rejection)
    assert (told[0].line, told[0].code) == (2, "too_long")
    assert told[1:] == [(3, ["2", "y"])]


def test_it_keeps_count_of_lines_past_a_line_longer_than_memory_should_hold() -> None:
    told = rows_of(f"a,b\n{'x' * 9_000_000}\n2,y\n")
    assert isinstance(told[0], Rejection)
    assert (told[0].line, told[0].code) == (2, "too_long")
    assert told[1:] == [(3, ["2", "y"])]


def test_it_gives_up_on_an_unclosed_quote_in_a_long_file_after_the_limit_of_a_field(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(table, "MOST_FIELD", 1_000)
    filler = "3,y\n" * 4_000
    told = rows_of('a,b\n1,"open\n' + filler)
    assert isinstance(told[0], Rejection)
    assert (told[0].line, told[0].code) == (2, "too_long")
    assert len(told) == 4_001


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_it_understands_every_line_end(end: str) -> None:
    assert rows_of(f"a,b{end}1,2{end}{end}3,4") == [(2, ["1", "2"]), (4, ["3", "4"])]


@pytest.mark.parametrize("text", ["", "\n\n", '"a,b\n1,2\n'])
def test_it_refuses_a_file_without_a_readable_header(text: str) -> None:
    with pytest.raises(FileRefused):
        rows_of(text)
