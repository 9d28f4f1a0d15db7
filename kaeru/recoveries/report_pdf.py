"""The monthly report on one sheet of A4, to be printed or sent: drawn in Python alone.

Japanese is set in the standard Gothic face that PDF readers bring themselves (a CID font), numbers in the standard Latin one: nothing is
embedded, the file stays small.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from kaeru.core import wording
from kaeru.core.money import show
from kaeru.recoveries import report_words as words
from kaeru.recoveries.report import Report
from kaeru.recoveries.report_words import Bar

FACE, LATIN, STRONG = "HeiseiKakuGo-W5", "Helvetica", "Helvetica-Bold"
INK, SOFT, RULE, LEAF, BRICK, AMBER, PAPER = "#23261f", "#5d6056", "#ded9cb", "#2b6a3d", "#9c3526", "#805200", "#f4f1e7"
TONES = {"proven": LEAF, "harmful": BRICK, "blocked": AMBER}
WIDTH, HEIGHT, EDGE = 595.3, 841.9, 48.0
COLUMN = WIDTH - 2 * EDGE
LOWEST = EDGE
MOST_BARS, MOST_REASONS = 6, 6


class Sheet:
    """A page that is written from top to bottom. Points."""

    def __init__(self, language: str) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont
        from reportlab.pdfgen.canvas import Canvas

        if FACE not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(FACE))
        self.language, self.y = language, HEIGHT - EDGE
        self._into = BytesIO()
        self.canvas: Any = Canvas(self._into, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1)
        self._color, self._width = HexColor, pdfmetrics.stringWidth

    def runs(self, text: str, *, strong: bool = False) -> list[tuple[str, str]]:
        """The text in runs of one face. Numbers are Latin in both languages: not every reader's Gothic has narrow ones, and they must show."""
        latin = STRONG if strong and self.language != "ja" else LATIN
        found: list[tuple[str, str]] = []
        for letter in text:
            face = latin if ord(letter) < 256 or letter in "–·“”’…" else FACE
            if found and found[-1][0] == face:
                found[-1] = face, found[-1][1] + letter
            else:
                found.append((face, letter))
        return found

    def wide(self, text: str, size: float, *, strong: bool = False) -> float:
        """How wide the text is."""
        return sum(float(self._width(run, face, size)) for face, run in self.runs(text, strong=strong))

    def put(
        self,
        x: float,
        text: str,
        size: float = 9.5,
        color: str = INK,
        *,
        right: bool = False,
        strong: bool = False,
        y: float | None = None,
    ) -> None:
        """One line at the height of the pen; `right`: x is where it ends."""
        self.canvas.setFillColor(self._color(color))
        x -= self.wide(text, size, strong=strong) if right else 0
        for face, run in self.runs(text, strong=strong):
            self.canvas.setFont(face, size)
            self.canvas.drawString(x, self.y if y is None else y, run)
            x += float(self._width(run, face, size))

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """The text broken to the width: between words, in Japanese between letters, and no line begins with a closing mark."""
        found, line = [], ""
        for part in _pieces(text):
            if line and self.wide(line + part.rstrip(), size) > width and part not in "、。）」・":
                found.append(line.rstrip())
                line = ""
            line += part if line else part.lstrip()
        return [*found, line.rstrip()] if line.strip() else found

    def text(self, text: str, size: float = 9.5, color: str = INK, x: float = EDGE, width: float = COLUMN, strong: bool = False) -> None:  # fmt: skip
        """A paragraph."""
        for line in self.lines(text, size, width):
            self.y -= size * 1.55
            self.put(x, line, size, color, strong=strong)

    def rule(self, color: str = RULE, thick: float = 0.6) -> None:
        """A line across."""
        self.stroke(EDGE, self.y, EDGE + COLUMN, self.y, color, thick)

    def stroke(self, x1: float, y1: float, x2: float, y2: float, color: str, thick: float) -> None:
        """A line."""
        self.canvas.setStrokeColor(self._color(color))
        self.canvas.setLineWidth(thick)
        self.canvas.line(x1, y1, x2, y2)

    def fill(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """A box."""
        self.canvas.setFillColor(self._color(color))
        self.canvas.roundRect(x, y, width, height, 4, stroke=0, fill=1)

    def head(self, key: str) -> None:
        """A heading."""
        self.y -= 22
        self.put(EDGE, words.label(key, self.language), 11.5, LEAF, strong=True)
        self.y -= 6
        self.rule()

    def done(self) -> bytes:
        """The file."""
        self.canvas.showPage()
        self.canvas.save()
        return self._into.getvalue()


def _pieces(text: str) -> list[str]:
    """Words with the space behind them; each wide letter by itself."""
    found: list[str] = []
    for letter in text:
        if found and ord(letter) < 0x2E80 and ord(found[-1][-1]) < 0x2E80 and found[-1][-1] != " ":
            found[-1] += letter
        else:
            found.append(letter)
    return found


def pdf(told: Report, language: str) -> bytes:
    """The report as a PDF of one page."""
    sheet = Sheet(language)
    title = f"{words.label('title', language)} {words.month(told.month.first_on, language)}"
    sheet.canvas.setTitle(f"{told.shop.name} {title}")
    sheet.canvas.setAuthor("Kaeru")
    sheet.y -= 8
    sheet.put(EDGE, title, 19, strong=True)
    sheet.put(EDGE + COLUMN, told.shop.name, 10.5, SOFT, right=True)
    sheet.y -= 14
    _headline(sheet, told)
    _numbers(sheet, told)
    _effects(sheet, words.bars(told, language))
    _next(sheet, told)
    _forecasts(sheet, told)
    _reasons(sheet, told)
    sheet.y = EDGE - 14
    sheet.put(EDGE, f"Kaeru · {wording.day(told.made_at.date(), language)}", 8, SOFT)
    return sheet.done()


def _headline(sheet: Sheet, told: Report) -> None:
    lines = sheet.lines(words.headline(told, sheet.language), 12.5, COLUMN - 28)
    said = (words.how_much(told, sheet.language), words.per_cancellation(told, sheet.language))
    under = [line for text in said if text for line in sheet.lines(text, 9.5, COLUMN - 28)]
    tall = 20 + 19 * len(lines) + 14 * len(under)
    sheet.fill(EDGE, sheet.y - tall, COLUMN, tall, PAPER)
    bottom = sheet.y - tall
    sheet.y -= 5
    for line in lines:
        sheet.y -= 19
        sheet.put(EDGE + 14, line, 12.5, TONES.get(told.whole["verdict"], INK) if told.whole else INK, strong=True)
    for line in under:
        sheet.y -= 15
        sheet.put(EDGE + 14, line, 9.5, SOFT)
    sheet.y = bottom


def _numbers(sheet: Sheet, told: Report) -> None:
    sheet.head("numbers")
    for row in words.rows(told, sheet.language):
        sheet.y -= 16
        is_net = row.key == "net"
        sheet.put(EDGE, row.label, 9.5, strong=is_net)
        sheet.put(EDGE + 268, row.value, 10.5 if is_net else 9.5, right=True, strong=is_net)
        sheet.put(EDGE + 282, row.note, 8, SOFT)
        sheet.y -= 4.5
        sheet.rule(INK if is_net else RULE, 0.6 if is_net else 0.4)


def _effects(sheet: Sheet, bars: Sequence[Bar]) -> None:
    if not bars:
        return
    language = sheet.language
    sheet.head("effect")
    notes = [words.label(name, language) for name in ("effect_note", "so_far")]
    sheet.text(("" if language == "ja" else " ").join(notes), 8, SOFT)
    shown = bars[:MOST_BARS]
    ends = [abs(end) for bar in shown for end in (bar.low, bar.high, bar.value) if end is not None]
    most = max([0.1, *ends])
    left, right = EDGE + 170, EDGE + 370
    middle, half = (left + right) / 2, (right - left) / 2
    top = sheet.y - 6
    for bar in shown:
        sheet.y -= 17
        sheet.put(EDGE, _cut(sheet, bar.label, 9.5, 160), 9.5)
        tone, y = TONES.get(bar.verdict, SOFT), sheet.y + 3
        if bar.low is not None and bar.high is not None:
            sheet.stroke(middle + half * bar.low / most, y, middle + half * bar.high / most, y, tone, 2)
        if bar.value is not None:
            sheet.canvas.setFillColor(sheet._color(tone))
            sheet.canvas.circle(middle + half * bar.value / most, y, 3.4, stroke=0, fill=1)
        sheet.put(EDGE + COLUMN, bar.said, 9, tone if bar.verdict in TONES else INK, right=True)
    sheet.stroke(middle, top, middle, sheet.y - 4, SOFT, 0.6)
    sheet.y -= 14
    for at in (-most, 0.0, most):
        said = f"{at * 100:+.0f}" if at else "0"
        sheet.put(middle + half * at / most - sheet.wide(said, 8) / 2, said, 8, SOFT)


def _next(sheet: Sheet, told: Report) -> None:
    sheet.head("next")
    for number, one in enumerate(told.findings, 1):
        sheet.y -= 3
        top = sheet.y
        said = words.finding(one, told.shop.currency, sheet.language)
        sheet.text(said, 9.5, x=EDGE + 18, width=COLUMN - 18)
        sheet.put(EDGE, f"{number}", 10.5, LEAF, strong=True, y=top - 9.5 * 1.55)


def _forecasts(sheet: Sheet, told: Report) -> None:
    if told.scores:
        sheet.head("forecasts")
        for what, one in told.scores.items():
            sheet.text(words.forecast(what, one, sheet.language), 9)


def _reasons(sheet: Sheet, told: Report) -> None:
    """As many as there is room for, the most frequent first."""
    shown = told.reasons[: max(0, int((sheet.y - LOWEST - 34) // 15))][:MOST_REASONS]
    if not shown:
        return
    sheet.head("reasons")
    most = max(count for _, count, _ in shown)
    for name, count, value in shown:
        sheet.y -= 15
        sheet.put(EDGE, _cut(sheet, name or words.label("no_reason", sheet.language), 9.5, 160), 9.5)
        sheet.fill(EDGE + 170, sheet.y - 1, max(2.0, 180 * count / most), 8, RULE)
        sheet.put(EDGE + 390, f"{count:,}", 9.5, right=True)
        sheet.put(EDGE + COLUMN, show(value, told.shop.currency, sheet.language), 9.5, right=True)


def _cut(sheet: Sheet, text: str, size: float, width: float) -> str:
    """The text, shortened to the width."""
    if sheet.wide(text, size) <= width:
        return text
    while text and sheet.wide(text + "…", size) > width:
        text = text[:-1]
    return text + "…"
