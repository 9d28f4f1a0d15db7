"""What a shop's system signs in a link that it makes itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.storefront import embedding

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
SECRET, OTHER = "kaeru_embed_one", "kaeru_embed_other"
DAY = timedelta(days=1)


def made(order: str = "1001", until: datetime = NOW + DAY, language: str = "ja", secret: str = SECRET) -> str:
    return embedding.token_for(order, until, language, secret)


def signed(said: str) -> str:
    return f"{said}.{embedding.sign(said, SECRET)}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), st.sampled_from(["ja", "en", ""]))
def test_it_reads_back_what_was_signed(order: str, language: str) -> None:
    token = made(order, language=language)
    assert embedding.is_signed(token, [SECRET])
    assert embedding.read(token, NOW) == embedding.Statement(order, NOW + DAY, language)


def test_it_takes_any_of_the_valid_secrets_and_no_other() -> None:
    token = made()
    assert embedding.is_signed(token, [OTHER, SECRET])
    assert not embedding.is_signed(token, [OTHER])
    assert not embedding.is_signed(token, [])
    assert not embedding.is_signed(made(secret="kaeru_embed_nobody"), []), "the stand-in opens nothing"


@given(st.data())
def test_it_refuses_a_token_of_which_one_letter_is_another(data: st.DataObject) -> None:
    token = made()
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("0123456789abcdefXYZ.-_"))
    changed = token[:place] + letter + token[place + 1 :]
    assert embedding.is_signed(changed, [SECRET]) == (changed == token)


@given(st.text(max_size=700))
def test_it_stands_whatever_comes(text: str) -> None:
    assert not embedding.is_signed(text, [SECRET])
    assert embedding.read(text, NOW) is None


@pytest.mark.parametrize(
    "said",
    [
        "1.MTAwMQ.1795000000000.ja",  # milliseconds
        f"1.MTAwMQ.{int((NOW - DAY).timestamp())}.ja",
        f"1.MTAwMQ.{int(NOW.timestamp())}.ja",
        f"1.MTAwMQ.{int((NOW + timedelta(days=401)).timestamp())}.ja",
        f"2.MTAwMQ.{int((NOW + DAY).timestamp())}.ja",
        f"1.MTAwMQ.{int((NOW + DAY).timestamp())}.de",
        f"1.MTAwMQ==.{int((NOW + DAY).timestamp())}.ja",
        f"1.M.{int((NOW + DAY).timestamp())}.ja",
        f"1._w.{int((NOW + DAY).timestamp())}.ja",  # no text
        f"1..{int((NOW + DAY).timestamp())}.ja",
        "",
    ],
)
def test_it_reads_nothing_unsound_even_when_it_is_signed(said: str) -> None:
    assert embedding.is_signed(signed(said), [SECRET])
    assert embedding.read(signed(said), NOW) is None
