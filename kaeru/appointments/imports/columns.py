"""Which column means what in lists of clients and of visits: the usual headers of Japanese salon systems, and the operator's map over them.

A map is TOML: [customer] or [appointment] names columns by their header, [state], [service] and [staff] translate words.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.connectors.files.cells import plain
from kaeru.connectors.files.columns import Column, parse_column
from kaeru.connectors.files.errors import FileRefused

CUSTOMER = {
    "source_id": ["customer_id", "顧客番号", "お客様番号", "会員番号", "顧客ID", "お客様ID", "カルテ番号"],
    "name": ["name", "customer_name", "お名前", "氏名", "顧客名", "お客様名", "名前"],
    "family_name": ["姓", "氏名(姓)", "お客様名(姓)", "名字"],
    "given_name": ["名", "氏名(名)", "お客様名(名)"],
    "phone": ["phone", "customer_phone", "電話番号", "携帯電話", "携帯番号", "携帯電話番号", "電話番号1", "TEL"],
    "email": ["email", "customer_email", "メールアドレス", "PCメールアドレス", "携帯メールアドレス", "E-mail"],
    "language": ["language", "customer_language", "言語"],
    "accepts_advertising": ["accepts_advertising", "メルマガ", "メール配信", "DM配信", "お知らせメール"],
}
"""Columns of a client; the first of these headers that the file has is used."""
CARD = {
    "visits": ["visits", "来店回数", "総来店回数", "累計来店回数"],
    "first_visit_on": ["first_visit_on", "初回来店日", "初来店日"],
    "last_visit_on": ["last_visit_on", "最終来店日", "前回来店日", "直近来店日"],
    "nominated_staff": ["nominated_staff", "指名スタッフ", "主担当", "担当スタッフ", "担当者"],
    "note": ["note", "メモ", "備考", "お客様メモ", "カルテメモ"],
}
APPOINTMENT = {
    "key": ["appointment_id", "booking_id", "予約番号", "予約ID", "伝票番号"],
    "starts_at": ["starts_at", "来店日時", "予約日時", "開始日時", "施術開始日時"],
    "starts_on": ["starts_on", "来店日", "予約日", "日付", "施術日"],
    "start_time": ["start_time", "開始時間", "開始時刻", "来店時間", "予約時間", "来店時刻"],
    "minutes": ["minutes", "所要時間", "施術時間", "所要時間(分)", "施術時間(分)"],
    "service": ["service", "メニュー", "メニュー名", "施術内容", "予約メニュー"],
    "staff": ["staff", "スタッフ", "担当", "担当者", "スタッフ名", "担当スタッフ"],
    "nominated": ["nominated", "指名", "指名有無", "指名区分"],
    "price": ["price", "金額", "合計金額", "会計金額", "売上", "予約時合計金額"],
    "state": ["state", "status", "ステータス", "状態", "予約ステータス"],
    "made_at": ["made_at", "予約受付日時", "受付日時", "予約登録日時"],
    "cancelled_at": ["cancelled_at", "キャンセル日時"],
    "note": ["appointment_note", "予約メモ", "ご要望"],
}  # fmt: skip
STATES = {
    "booked": ["booked", "予約", "予約中", "受付待ち", "受付", "確定", "予約確定", "来店前", "来店待ち"],
    "done": ["done", "completed", "来店", "来店済", "来店済み", "会計済", "会計済み", "完了", "施術済", "済み"],
    "cancelled": ["cancelled", "canceled", "キャンセル", "お客様キャンセル", "キャンセル済", "キャンセル済み", "取消", "取消済み"],
    "called_off": ["called_off", "サロンキャンセル", "店舗キャンセル", "サロン都合キャンセル"],
    "no_show": ["no_show", "no-show", "無断キャンセル", "来店なし", "無断", "ノーショー"],
}  # fmt: skip
"""Words for what became of a visit; `called_off` is by the salon."""
_TABLES = {
    "customers": {"customer": {**CUSTOMER, **CARD}},
    "appointments": {"customer": CUSTOMER, "appointment": APPOINTMENT},
}
_WORDS = ("state", "service", "staff")


@dataclass(frozen=True, slots=True)
class Map:
    """How one list is read."""

    columns: Mapping[str, Column]
    """By "customer.name", "appointment.starts_at" …"""
    zone: ZoneInfo
    states: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    """The list's word for a service, as it is compared, to the salon's own name of it."""
    staff: Mapping[str, str] = field(default_factory=dict)
    date_form: str = ""
    encoding: str = ""


def document(path: Path) -> dict[str, Any]:
    """What a map file says. Raises FileRefused."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as failure:
        raise FileRefused("layout", f"{path.name} cannot be read: {failure}") from None


def build(kind: str, said: Mapping[str, Any], zone: str) -> Map:
    """The usual columns of lists of this kind (customers | appointments) with the operator's over them. Raises FileRefused."""
    tables = _TABLES[kind]
    known = {*tables, *(_WORDS if kind == "appointments" else ("staff",)), "time_zone", "date_form", "encoding"}
    if unknown := set(said) - known:
        raise FileRefused(
            "layout",
            f"not known in a map of {kind}: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}",
        )
    columns: dict[str, Column] = {}
    for table, usual in tables.items():
        own = said.get(table, {})
        if not isinstance(own, dict) or (unknown := set(own) - set(usual)):
            raise FileRefused("layout", f"[{table}] has the columns {', '.join(usual)}")
        for name, headers in {**usual, **own}.items():
            if headers != "":
                columns[f"{table}.{name}"] = parse_column(headers, f"{table}.{name}")
    try:
        place = ZoneInfo(str(said.get("time_zone", zone)))
    except (KeyError, ValueError, OSError):
        raise FileRefused("layout", f"unknown time zone {said.get('time_zone')!r}") from None
    return Map(
        columns, place, states=_words(said, "state", STATES), services=_words(said, "service", {}), staff=_words(said, "staff", {}),
        date_form=str(said.get("date_form", "")), encoding=str(said.get("encoding", "")),
    )  # fmt: skip


def _words(said: Mapping[str, Any], table: str, usual: Mapping[str, list[str]]) -> dict[str, str]:
    own = said.get(table, {})
    if not isinstance(own, dict) or not all(isinstance(words, list) for words in own.values()):
        raise FileRefused("layout", f'[{table}] translates: name = ["word", …]')
    if usual and (unknown := set(own) - set(usual)):
        raise FileRefused("layout", f"[{table}] has {', '.join(sorted(unknown))}; known are {', '.join(usual)}")
    return {same(str(word)): name for source in (usual, own) for name, words in source.items() for word in words}


def same(word: str) -> str:
    """As words are compared: half width, without blanks and case."""
    return "".join(plain(word).casefold().split())
