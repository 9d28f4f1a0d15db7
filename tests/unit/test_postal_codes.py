"""Postal codes as people type them, and the places they name."""

import pytest

from kaeru.cancellations.repairs.postal_codes import REGIONS, Place, find, fits, shown, tidy


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("1100001", "1100001"),
        ("110-0001", "1100001"),
        ("〒１１０－０００１", "1100001"),
        ("１１０ー０００１", "1100001"),
        ("110‐0001 ", "1100001"),
        ("110-001", ""),
        ("110-00011", ""),
        ("", ""),
        ("SW1A 1AA", ""),
        ("٠١٢٣٤٥٦", ""),
    ],
)
def test_it_reads_the_seven_digits(typed: str, digits: str) -> None:
    assert tidy(typed) == digits


def test_it_names_the_place() -> None:
    assert find("1100001") == Place("東京都", "台東区", "谷中")
    assert shown("1100001") == "110-0001"
    assert find("9999999") is None


def test_it_leaves_out_what_the_places_of_a_code_do_not_share() -> None:
    assert find("4980000") == Place("")
    assert fits("4980000", "愛知県")
    assert fits("4980000", "三重県")
    assert not fits("4980000", "東京都")


def test_it_refuses_only_contradictions() -> None:
    assert fits("1100001", "東京都")
    assert not fits("1100001", "大阪府")
    assert fits("1109999", "東京都")
    assert not fits("1109999", "大阪府")
    assert fits("0009999", "大阪府"), "a code younger than the list"


def test_it_lists_47_prefectures_and_each_has_codes() -> None:
    assert len(set(REGIONS)) == 47
    firsts = {"北海道": "0600000", "沖縄県": "9000000", "京都府": "6000000"}
    for region, code in firsts.items():
        place = find(code)
        assert place is not None
        assert place.region == region
