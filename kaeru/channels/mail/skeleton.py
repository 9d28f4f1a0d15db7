"""The frame of a shop's mails: MJML made once for a colour and a language, then cut into parts that are filled in.

MJML knows what each mail program needs; making it again for each of a thousand mails would only cost time.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mjml import mjml2html

from kaeru.core import colours

_HOLE = re.compile(r"%%([A-Z]+)%%")
_PART = re.compile(r"<!--k:(\w+)-->(.*?)<!--/k-->", re.DOTALL)
_FONTS = "'Hiragino Sans','Hiragino Kaku Gothic ProN','Yu Gothic UI','Noto Sans JP',Meiryo,'Segoe UI',Helvetica,Arial,sans-serif"

_RAW = "<mj-raw><!--k:{}--></mj-raw>{}<mj-raw><!--/k--></mj-raw>"
_BLOCKS = "".join(
    _RAW.format(name, tag)
    for name, tag in {
        "text": "<mj-text>%%TEXT%%</mj-text>",
        "first": '<mj-button href="%%URL%%" background-color="{color}" color="{ink}">%%LABEL%%</mj-button>',
        "second": (
            '<mj-button css-class="second" href="%%URL%%" background-color="#ffffff" color="#22261f"'
            ' border="1px solid #b9bcb0">%%LABEL%%</mj-button>'
        ),
        "code": (
            '<mj-text css-class="code" align="center" font-size="24px" letter-spacing="1px" padding="14px 24px">'
            '<div style="border:2px dashed #b9bcb0;border-radius:6px;padding:14px 8px">%%TEXT%%</div></mj-text>'
        ),
    }.items()
)
_MJML = """<mjml lang="{language}">
<mj-head>
  <mj-title>%%SUBJECT%%</mj-title>
  <mj-preview>%%PREVIEW%%</mj-preview>
  <mj-raw>
    <meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
    <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
  </mj-raw>
  <mj-attributes>
    <mj-all font-family="{fonts}" />
    <mj-text font-size="16px" line-height="1.75" color="#22261f" padding="8px 24px" />
    <mj-button font-size="16px" line-height="1.4" border-radius="6px" inner-padding="14px 28px" padding="12px 24px" width="320px" />
  </mj-attributes>
  <mj-style>
    a {{ color: inherit; }}
    @media (prefers-color-scheme: dark) {{
      .paper, body {{ background: #171a16 !important; background-color: #171a16 !important; }}
      .card, .card > table {{ background: #1f231e !important; background-color: #1f231e !important; }}
      .card div, .name div {{ color: #e9e6dd !important; }}
      .name img {{ background: #ffffff !important; }}
      .foot div {{ color: #a9aca2 !important; }}
      .code div {{ color: #e9e6dd !important; border-color: #5b6156 !important; }}
      .second td, .second a {{ background: #1f231e !important; color: #e9e6dd !important; }}
    }}
  </mj-style>
</mj-head>
<mj-body background-color="#faf8f2" css-class="paper" width="600px">
  <mj-section padding="20px 0 0"><mj-column>
    <mj-text css-class="name" font-size="15px" color="#22261f">%%SHOP%%</mj-text>
  </mj-column></mj-section>
  <mj-section css-class="card" background-color="#ffffff" border-top="4px solid {color}" padding="20px 0"><mj-column>
    BLOCKS
  </mj-column></mj-section>
  <mj-section padding="12px 0 28px"><mj-column>
    <mj-text css-class="foot" font-size="14px" line-height="1.7" color="#5d6257">%%FOOT%%</mj-text>
  </mj-column></mj-section>
</mj-body>
</mjml>""".replace("BLOCKS", _BLOCKS)


@dataclass(frozen=True, slots=True)
class Part:
    """Text with named holes. Filled in one pass: what goes in is never looked at again."""

    steps: tuple[str, ...]
    """Text and hole names in turn."""

    def fill(self, **values: str) -> str:
        """The text; values are HTML already."""
        return "".join(values[step] if index % 2 else step for index, step in enumerate(self.steps))


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The frame around the content, and one part for each kind of block."""

    head: Part
    tail: Part
    blocks: dict[str, Part]


def _part(html: str) -> Part:
    return Part(tuple(_HOLE.split(html)))


@lru_cache(maxsize=256)
def skeleton(color: str, language: str) -> Skeleton:
    """The frame in the shop's colour (#rrggbb; anything else is Kaeru's green) for one language."""
    chosen = colours.parse(color)
    ink = colours.code(colours.ink_on(chosen))
    html = mjml2html(_MJML.format(language=language, color=colours.code(chosen), ink=ink, fonts=_FONTS))
    found = list(_PART.finditer(html))
    return Skeleton(
        head=_part(html[: found[0].start()]),
        tail=_part(html[found[-1].end() :]),
        blocks={match[1]: _part(match[2]) for match in found},
    )
