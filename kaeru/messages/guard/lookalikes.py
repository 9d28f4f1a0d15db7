"""Letters that look like others. Both the rules' patterns and the texts go through `fold`, so what looks alike matches alike.

Katakana become hiragana, small kana large ones; kanji that pass for katakana (口 力 一) share one letter with them; Cyrillic and
Greek letters become the Latin ones that they are taken for; `l` and `1` become `i`.
"""

import unicodedata

_KANJI = {
    "口": "ロ", "囗": "ロ", "□": "ロ", "力": "カ", "刀": "カ", "二": "ニ", "八": "ハ", "夕": "タ", "工": "エ", "卜": "ト",
    "千": "チ", "匕": "ヒ", "乂": "メ", "丿": "ノ", "亻": "イ", "厶": "ム", "又": "ヌ", "一": "ー", "ヶ": "ケ", "曰": "日",
    "ゝ": "", "ﾉ": "ノ", "◯": "○", "〇": "○", "⼝": "ロ", "⼒": "カ", "ㄛ": "せ", "厂": "ア",
}  # fmt: skip
_FOREIGN = {
    "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ї": "i", "ј": "j", "ѕ": "s", "ԁ": "d",
    "һ": "h", "ӏ": "i", "ո": "n", "к": "k", "м": "m", "т": "t", "в": "b", "н": "h", "г": "r", "п": "n", "и": "n", "ԛ": "q",
    "ԝ": "w", "ѡ": "w", "ь": "b", "з": "3", "α": "a", "ο": "o", "ρ": "p", "ν": "v", "τ": "t", "κ": "k", "ι": "i", "η": "n",
    "υ": "u", "β": "b", "ε": "e", "χ": "x", "γ": "y", "ω": "w", "σ": "o", "μ": "m", "ς": "c", "ζ": "z", "ϲ": "c", "ɡ": "g",
    "ɑ": "a", "ı": "i", "ł": "i", "ø": "o", "đ": "d", "ɩ": "i", "ʀ": "r", "ѵ": "v", "ꓐ": "b", "ꓮ": "a", "ꓳ": "o",
    "օ": "o", "ս": "u", "ց": "g", "հ": "h", "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f", "ɢ": "g", "ʜ": "h",
    "ɪ": "i", "ᴊ": "j", "ᴋ": "k", "ʟ": "i", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v",
    "ᴡ": "w", "ʏ": "y", "ᴢ": "z",
}  # fmt: skip
FOREIGN = frozenset(_FOREIGN) - {"ø", "đ", "ł", "ı", "α", "β", "γ", "ε", "η", "μ", "σ", "ω"}
"""Letters of other scripts that pass for Latin ones."""
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0")
"""Invisible, and yet no format characters."""


def is_dropped(letter: str) -> bool:
    """Invisible characters, and marks that are laid over letters."""
    return unicodedata.category(letter) in {"Cf", "Mn", "Me", "Cs", "Co"} or letter in INVISIBLE


def fold(letter: str) -> str:
    """What a letter (with its marks) is compared as: none or several characters, all small."""
    # A foreign letter is known by itself, whatever marks were hung on it: composed first, some become another one (ϲ with a mark: ς).
    told = _FOREIGN.get(letter) or _FOREIGN.get(letter[0]) or unicodedata.normalize("NFKC", letter).casefold()
    return "".join(_one(part) for part in told if not is_dropped(part))


def _one(letter: str) -> str:
    found = _FOREIGN.get(letter, letter)
    if "\u00c0" <= found <= "\u024f" or "\u1e00" <= found <= "\u1eff":
        found = unicodedata.normalize("NFD", found)[0]
    found = _KANJI.get(found, found)
    if "ァ" <= found <= "ヶ":
        found = chr(ord(found) - 0x60)
    return "i" if found == "l" else found.translate(_SMALL)
