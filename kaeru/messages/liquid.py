"""Merchants write their messages in Liquid, the language Shopify merchants know, inside narrow limits.

A template sees plain dictionaries, lists and text and nothing else; it has a few tags and filters, a bounded number of
loop turns, output and time. It is filled in once: what a customer is called is never read as a template. What comes out
are pieces that remember whether the shop or a customer wrote them.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.filters import array, math, misc, string
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import (
    FilterError,
    LiquidError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    ResourceLimitError,
)
from liquid.stringify import to_liquid_string
from liquid.utils import ReadOnlyChainMap

from kaeru.channels.base import Piece, PieceKind
from kaeru.messages.errors import TemplateBroken
from kaeru.messages.values import CLOSE, OPEN, many_lines, one_line
from kaeru.messages.variables import TRUSTED_ROOTS

LONGEST_SOURCE = 20_000
"""Characters of one template."""
LONGEST_OUTPUT = 100_000
"""Bytes of UTF-8 that one template may make."""
LONGEST_STEP = 10_000
"""Characters that one filter may make."""
MOST_TURNS = 2_000
"""Loop turns of one rendering, all loops together."""
MOST_SECONDS = 0.5
MOST_DEPTH = 8

TAGS = (
    assign_tag.AssignTag, capture_tag.CaptureTag, case_tag.CaseTag, comment_tag.CommentTag, for_tag.ForTag,
    for_tag.BreakTag, for_tag.ContinueTag, if_tag.IfTag, inline_comment_tag.InlineCommentTag, unless_tag.UnlessTag,
)  # fmt: skip
TAG_WORDS = frozenset(
    {tag.name for tag in TAGS}
    | {"else", "elsif", "when", "endcase", "endcomment", "endfor", "endif", "endunless", "endcapture"}
)
FILTERS: dict[str, Callable[..., Any]] = {
    "append": string.append, "capitalize": string.capitalize, "default": misc.default, "downcase": string.downcase,
    "first": array.first, "join": array.join, "last": array.last, "minus": math.minus, "plus": math.plus,
    "prepend": string.prepend, "size": misc.size, "strip": string.strip, "truncate": string.truncate,
    "upcase": string.upcase,
}  # fmt: skip
_MARKED = re.compile(f"{OPEN}(.)([a-z_]*){OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_LETTERS = {"w": PieceKind.WORDS, "v": PieceKind.VALUE, "l": PieceKind.LINK, "c": PieceKind.CODE}


def _unmarked(text: str) -> str:
    return _MARKED.sub(lambda found: found[3], text).replace(OPEN, "").replace(CLOSE, "")


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, refusing long ranges before and long results after."""

    def run(value: Any, *arguments: Any, **named: Any) -> Any:
        for given in (value, *arguments):
            if isinstance(given, range) and len(given) > MOST_TURNS:
                raise FilterError("the range is too long", token=None)
            if isinstance(given, int) and abs(given) > 10**15:
                raise FilterError("the number is too large", token=None)
        made = function(value, *arguments, **named)
        if isinstance(made, str) and len(made) > LONGEST_STEP:
            raise FilterError("the text is too long", token=None)
        return made

    for mark in ("with_context", "with_environment"):
        if getattr(function, mark, False):
            setattr(run, mark, True)
    return run


class _TooSlow(ResourceLimitError):
    """Its own computing time is used up."""


class _Context(RenderContext):
    """A context without clocks, that counts turns and its own computing time: a busy machine breaks nobody's message."""

    __slots__ = ("_deadline", "_turns")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = ReadOnlyChainMap(self.locals, self.globals)
        self._deadline = time.thread_time() + MOST_SECONDS
        self._turns = 0

    def _look_at_the_time(self) -> None:
        if time.thread_time() > self._deadline:
            raise _TooSlow("it takes too long", token=None)

    def get(self, path: list[object], **kwargs: Any) -> object:
        self._look_at_the_time()
        return super().get(path, **kwargs)

    def filter(self, name: str, token: Any) -> Callable[..., object]:
        self._look_at_the_time()
        return super().filter(name, token)

    @contextmanager
    def loop(self, namespace: Mapping[str, object], forloop: Any) -> Iterator[RenderContext]:
        self._look_at_the_time()
        self._turns += forloop.length
        if self._turns > MOST_TURNS:
            raise LoopIterationLimitError("too many loop turns", token=None)
        with super().loop(namespace, forloop) as context:
            yield context


class _Template(BoundTemplate):
    context_class = _Context


def plain_path(expression: Any) -> list[Any] | None:
    """The path of an expression that is a path and nothing more: `links.reorder`, without filters."""
    if isinstance(expression, FilteredExpression) and not expression.filters and isinstance(expression.left, Path):
        return list(expression.left.path)
    return None


class _OutputNode(output.OutputNode):
    """`{{ … }}`: what it prints is fenced, with the kind of text it is."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        printed = to_liquid_string(self.expression.evaluate(context), autoescape=False)
        path = plain_path(self.expression) or [""]
        root, leaf = str(path[0]), str(path[-1])
        if context.resolve(root, default=None) is not context.globals.get(root):
            root = ""  # the template gave this name to something else
        text = _unmarked(printed)
        if root == "links" and len(path) == 2 and leaf.isidentifier():
            return buffer.write(f"{OPEN}l{leaf.lower()}{OPEN}{one_line(text, 2000)}{CLOSE}")
        if root == "coupon" and leaf == "code":
            return buffer.write(f"{OPEN}c{OPEN}{one_line(text)}{CLOSE}")
        if root in TRUSTED_ROOTS:
            return buffer.write(f"{OPEN}w{OPEN}{many_lines(text)}{CLOSE}")
        return buffer.write(f"{OPEN}v{OPEN}{one_line(text)}{CLOSE}")


class _Output(output.Output):
    node_class = _OutputNode


class _Liquid(Environment):
    """Liquid with the few tags and filters of messages, and limits."""

    template_class = _Template
    block_nesting_limit = MOST_DEPTH
    context_depth_limit = MOST_DEPTH + 6
    loop_iteration_limit = MOST_TURNS
    local_namespace_limit = LONGEST_OUTPUT
    output_stream_limit = LONGEST_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (content.Literal, _Output, illegal.Illegal, *TAGS):
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, _bounded(function))


_environment = _Liquid()


def _line_of(failure: LiquidError) -> int:
    try:
        where = failure.context()
    except ValueError:
        return 0
    return where[0] if where else 0


def parse(source: str) -> BoundTemplate:
    """The template. Raises TemplateBroken: too_long, syntax (with the line)."""
    if len(source) > LONGEST_SOURCE:
        raise TemplateBroken("too_long", str(LONGEST_SOURCE))
    try:
        return _environment.from_string(many_lines(source))
    except LiquidError as failure:
        raise TemplateBroken("syntax", str(failure.message or ""), _line_of(failure)) from None
    except RecursionError:
        raise TemplateBroken("syntax", "nested too deeply") from None


@lru_cache(maxsize=512)
def compiled(source: str) -> BoundTemplate:
    """The template, kept: the same source is read once."""
    return parse(source)


def _present(value: Any) -> Any:
    """An empty text counts as missing: `{% if line.variant %}` is what the shop expects it to be (in Liquid '' is true)."""
    if isinstance(value, Mapping):
        return {name: _present(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_present(inner) for inner in value]
    return None if value == "" else value


def fill_in(template: BoundTemplate, values: Mapping[str, Any]) -> tuple[Piece, ...]:
    """The template with these values (plain dictionaries, lists, text, numbers), as pieces.

    Raises TemplateBroken: too_heavy for limits of turns, output and time; failed for everything else.
    """
    told = {name: _present(value) for name, value in values.items()}
    try:
        try:
            return pieces(template.render(**told))
        except _TooSlow:  # Python tidied up its memory in the middle of it, perhaps: what is heavy is so a second time
            return pieces(template.render(**told))
    except (ResourceLimitError, OutputStreamLimitError) as failure:
        raise TemplateBroken("too_heavy", str(failure.message or ""), _line_of(failure)) from None
    except LiquidError as failure:
        raise TemplateBroken("failed", str(failure.message or ""), _line_of(failure)) from None
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as failure:
        raise TemplateBroken("failed", type(failure).__name__) from None


def pieces(marked: str) -> tuple[Piece, ...]:
    """Cut a filled-in text at its fences."""
    found: list[Piece] = []
    end = 0
    for mark in _MARKED.finditer(marked):
        found.append(Piece(PieceKind.WORDS, _unmarked(marked[end : mark.start()])))
        found.append(Piece(_LETTERS[mark[1]], mark[3], mark[2]))
        end = mark.end()
    found.append(Piece(PieceKind.WORDS, _unmarked(marked[end:])))
    return tuple(piece for piece in found if piece.text)


def flat(parts: Sequence[Piece]) -> str:
    """The pieces as one string."""
    return "".join(part.text for part in parts)
