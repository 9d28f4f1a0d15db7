"""Secrets at rest open only with the key that sealed them; addresses leave only a fingerprint."""

import pytest
from pytest_django import Settings

from kaeru.core import secrets


def test_it_gives_back_what_it_sealed() -> None:
    sealed = secrets.seal("whsec_鍵")
    assert secrets.unseal(sealed) == "whsec_鍵"
    assert secrets.unseal(memoryview(sealed)) == "whsec_鍵"
    assert b"whsec" not in sealed


def test_it_says_what_to_do_when_the_key_is_another(settings: Settings) -> None:
    sealed = secrets.seal("whsec_x")
    settings.SECRET_KEY = "another"
    with pytest.raises(ValueError, match="KAERU_SECRET_KEY"):
        secrets.unseal(sealed)


def test_it_uses_one_key_for_one_purpose() -> None:
    assert len({secrets.key("seal"), secrets.key("link"), secrets.key("fingerprint")}) == 3


def test_it_finds_an_address_again_without_keeping_it(settings: Settings) -> None:
    first = secrets.fingerprint("hanako@example.com")
    assert first == secrets.fingerprint("hanako@example.com")
    assert first != secrets.fingerprint("hanako@example.jp")
    settings.SECRET_KEY = "another"
    assert first != secrets.fingerprint("hanako@example.com")
