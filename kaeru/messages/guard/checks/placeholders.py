"""What was to be filled in and was not."""

import re
from collections.abc import Iterator

from kaeru.messages.guard.page import Page
from kaeru.messages.guard.text import Hit, Rule
from kaeru.messages.variables import VARIABLES

_NAMES = (
    "お客様名?|お?名前|氏名|姓名?|名|会社名|店舗?名|商品名|注文番号|注文no|日付|金額|住所|担当者名?|数量|日時"
    "|発送日|お届け日|追跡番号|クーポンコード|url"
)
_WORDS = (
    "(?:first|last|full|your|customer|user|client|shop|store|company|order|product|item|recipient|insert|tracking|coupon"
    "|delivery|date|amount|name|number|code|link|url)"
)
_LEFT = re.compile(
    "|".join(
        (
            r"\{\{[^{}\n]{0,80}\}\}|\{%[^{}\n]{0,80}%\}|\$\{[^{}\n]{1,60}\}|#\{[^{}\n]{1,60}\}|<%=?[^%\n]{1,60}%>",
            r"\*\|[A-Z0-9_:]{2,40}\|\*|%%[A-Za-z_]{2,40}%%|(?<![\w%])%[A-Za-z_]{3,40}%(?![\w%])|\[%[^\n%]{1,60}%\]",
            rf"(?i:(?<![\w{{])\{{ ?{_WORDS}(?:[ _.-]?{_WORDS})* ?\}})|\{{[a-z]+(?:_[a-z]+|name|[A-Z]\w+)\}}",
            rf"(?i:\[ ?{_WORDS}(?:[ _.-]{_WORDS}){{0,3}} ?\](?![(:]))",
            r"<<[^<>\n]{1,40}>>|＜＜[^＜＞\n]{1,40}＞＞|≪[^≫\n]{1,40}≫",
            rf"(?i:[{{｛](?:{_NAMES})[}}｝])(?:\s?(?:様|さま|さん))?",
            rf"(?i:[\[【＜<［(（](?:{_NAMES})[\]】＞>］)）])\s?(?:様|さま|さん)",
            r"[\[【＜<［(（](?:ここに)?[^\s\]】＞>］)）]{1,12}(?:を入力|を記入|を挿入)[\]】＞>］)）]",
            r"[○〇●◯△▲□■×]{2,}(?=\s?(?:様|さま|さん|店|ショップ|月|日|円|番|号|株式会社|会社|のご注文|をご注文|商品))",
            r"(?<![A-Za-z0-9])[X×Ｘ]{2,}(?=\s?(?:様|月|日|円|年|時))",
            r"(?i:(?<![\w.])(?:undefined|\[object object\]|nan)(?![\w.]))|(?<![\w.])null ?(?:様|円|,)",
            r"(?<![\w.])(?i:dear|hello|hi|order|注文番号)[ :：]+(?i:null|none)(?=[,、。.!\n]|$)",
            r"\bTBD\b|\bTODO\b|(?i:lorem ipsum)|ここに(?:文章|本文|商品名|お名前)を",
        )
    )
)
_BARE = re.compile(
    r"(?m)^[ \t　]*(?:様|さま)(?=[ \t　、,]*$|、)|^(?i:dear[ \t]*,|(?:hello|hi)[ \t]+,)|^[ \t　]+様(?=\s|$)"
)
_VARIABLE = re.compile(r"\{\{-?\s*([\w.]+)\s*(?:\|[^{}]*)?-?\}\}")
_LOOPED = {"line.title", "line.variant", "line.quantity", "line.price"}
_TAG = re.compile(r"\{%-?\s*(?:end)?(?:if|elsif|else|unless|for|case|when|assign|capture|comment|break|continue)\b")
"""A text that is not filled in yet may name what exists."""


def placeholder(page: Page, rule: Rule) -> Iterator[Hit]:
    """Something that looks as if it was to be filled in."""
    for found in _LEFT.finditer(page.whole):
        known = _VARIABLE.match(found[0])
        if known and (known[1] in VARIABLES or known[1] in _LOOPED) or _TAG.match(found[0]):
            continue
        yield Hit(found.start(), found.end())


def fallback(page: Page, rule: Rule) -> Iterator[Hit]:
    """A greeting without a name."""
    for found in _BARE.finditer(page.whole):
        yield Hit(found.start(), found.end())
