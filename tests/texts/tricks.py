"""How texts are disguised: each trick changes what a machine reads and leaves what a person reads."""

from collections.abc import Callable
from random import Random

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e"
ALIKE = {
    "a": "аɑ", "c": "сϲ", "e": "е", "o": "оο", "p": "рρ", "x": "х", "y": "у", "i": "іι", "n": "ո", "s": "ѕ", "k": "κ", "d": "ԁ",
    "口": "ロ囗", "力": "カ", "カ": "力", "ロ": "口", "ー": "―—", "一": "ー", "ハ": "八", "タ": "夕", "工": "エ", "ニ": "二",
}  # fmt: skip


def wide(text: str, chance: Random) -> str:
    """Full width for half of the plain letters."""
    return "".join(
        chr(ord(one) + 0xFEE0) if "!" <= one <= "~" and one.isalnum() and chance.random() < 0.5 else one for one in text
    )


def invisible(text: str, chance: Random) -> str:
    """Invisible characters between letters."""
    return "".join(one + (chance.choice(INVISIBLE) if one.isalpha() and chance.random() < 0.4 else "") for one in text)


def apart(text: str, chance: Random) -> str:
    """Letters set apart: every word in Latin script, every letter in Japanese."""
    mark = chance.choice([" ", "\u3000", "・", "-", "_", "*", "."])
    if text.isascii():
        return "   ".join(" ".join(word) if word.isalpha() and len(word) > 2 else word for word in text.split(" "))
    out = []
    for at, one in enumerate(text):
        after = text[at + 1 : at + 2]
        both = one.isalpha() and after.isalpha() and "\u3040" < one < "\uff00" and "\u3040" < after < "\uff00"
        out.append(one + mark if both else one)
    return "".join(out)


def alike(text: str, chance: Random) -> str:
    """Letters that look the same."""
    return "".join(chance.choice(ALIKE[one]) if one in ALIKE and chance.random() < 0.6 else one for one in text)


def half(text: str, chance: Random) -> str:
    """Half-width katakana."""
    whole = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンャュョッー"
    thin = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｬｭｮｯｰ"
    return text.translate(str.maketrans(whole, thin))


TRICKS: tuple[Callable[[str, Random], str], ...] = (wide, invisible, apart, alike, half)
