"""The way out refuses what lies inside the house: no address that somebody typed in reaches what only we can reach."""

import socket
from typing import Any

import pytest
from pytest_django import Settings

from kaeru.core import http

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "198.18.0.1", "192.0.0.1", "192.0.2.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
    "::127.0.0.1", "::a9fe:a9fe", "2001:0:53aa:64c:0:0:80ff:fffe", "fec0::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.fixture(autouse=True)
def _closed(settings: Settings) -> None:
    settings.KAERU_ALLOW_PRIVATE_EGRESS = False


def _resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in at else socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, port))
            for at in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("address", INSIDE)
def test_it_knows_what_lies_inside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not http.is_public(address)
    _resolves_to(monkeypatch, address)
    with pytest.raises(http.EgressRefused):
        http.check("https://shop.example/hook")


@pytest.mark.parametrize("address", OUTSIDE)
def test_it_lets_public_addresses_through(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves_to(monkeypatch, address)
    assert http.check("https://shop.example/hook") == address


def test_it_refuses_a_name_of_which_one_address_lies_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves_to(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(http.EgressRefused):
        http.check("https://shop.example/hook")


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/", "ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "//shop.example/",
        "https://user:pass@shop.example/", "https://user@shop.example/", "https:///path", "https://shop.example:22/",
        "https://shop.example:6379/", "", "shop.example",
    ],
)  # fmt: skip
def test_it_refuses_addresses_that_are_no_plain_https(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves_to(monkeypatch, "8.8.8.8")
    with pytest.raises(http.EgressRefused):
        http.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://2130706433/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
        "https://127.1/", "https://[::ffff:127.0.0.1]/",
    ],
)  # fmt: skip
def test_it_sees_through_spellings_of_this_machine(url: str) -> None:
    with pytest.raises((http.EgressRefused, http.Unanswered)):
        http.check(url)


@pytest.mark.parametrize(
    "url",
    ["https://shop.example:99999/", "https://[::1/", "https://shop.example:port/", f"https://{'a' * 70}.example/"],
)
def test_it_refuses_what_is_no_address_at_all(url: str) -> None:
    with pytest.raises(http.EgressRefused):
        http.check(url)


def test_it_says_that_a_name_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*args: Any, **kwargs: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(http.Unanswered):
        http.check("https://shop.example/")


def test_it_may_reach_this_machine_when_the_operator_says_so(settings: Settings) -> None:
    settings.KAERU_ALLOW_PRIVATE_EGRESS = True
    assert http.check("http://127.0.0.1:8099/hook") == "127.0.0.1"
