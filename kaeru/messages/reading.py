"""What a template mentions, read from its tree without filling it in: variables, filters, tags, each with its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.expression import Expression

from kaeru.messages import liquid

_LOOP_WORDS = frozenset({"forloop"})


@dataclass(frozen=True, slots=True)
class Mention:
    """One variable at one place."""

    name: str
    """Dotted, a list's entries as `[]`: `order.lines[].title`; `?` where the path is computed."""
    line: int
    is_printed_plainly: bool
    """`{{ name }}` and nothing more."""
    is_tested: bool
    """Stands in a condition or is looped over."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a template mentions."""

    mentions: tuple[Mention, ...]
    filters: tuple[tuple[str, int], ...]
    """Names with their lines."""


def read(template: BoundTemplate, source: str) -> Reading:
    """The template's mentions in the order of the text."""
    reader = _Reader(template, source)
    for node in template.nodes:
        reader.visit(node, {})
    return Reading(tuple(reader.mentions), tuple(reader.filters))


class _Reader:
    """Walks a tree; knows which names the template made itself."""

    def __init__(self, template: BoundTemplate, source: str) -> None:
        self._context = RenderContext(template)
        self._source = source
        self._own: set[str] = set()
        self.mentions: list[Mention] = []
        self.filters: list[tuple[str, int]] = []

    def visit(self, node: Node, loops: Mapping[str, str]) -> None:
        """Read one node and what it holds; `loops` maps loop variables to the list they walk over."""
        for expression in node.expressions():
            is_output = isinstance(node, OutputNode)
            self._read(expression, loops, is_output=is_output, is_assigned=bool(list(node.template_scope())))
        self._own.update(str(name) for name in node.template_scope())
        inside = dict(loops)
        if isinstance(node, ForNode):
            iterable = node.expression.iterable
            name = self._name(iterable, loops) if isinstance(iterable, Path) else ""
            inside[node.expression.identifier] = f"{name}[]" if name else ""
            inside |= dict.fromkeys(_LOOP_WORDS, "")
        for child in node.children(self._context, include_partials=False):
            self.visit(child, inside)

    def _read(self, expression: Expression, loops: Mapping[str, str], *, is_output: bool, is_assigned: bool) -> None:
        is_plain = is_output and liquid.plain_path(expression) is not None
        for part in _parts(expression):
            if isinstance(part, FilteredExpression):
                self.filters += [(one.name, self._line(one.token.start_index)) for one in part.filters or ()]
            if isinstance(part, Path):
                name = self._name(part, loops)
                if name:
                    is_tested = not is_output and not is_assigned
                    self.mentions.append(Mention(name, self._line(part.token.start_index), is_plain, is_tested))

    def _name(self, path: Path, loops: Mapping[str, str]) -> str:
        """The dotted name, or "" for what the template made itself."""
        root, *rest = path.path
        if not isinstance(root, str):
            return "?"
        name = loops.get(root, "" if root in self._own else root)
        for step in rest if name else ():
            if isinstance(step, Path):
                return "?"
            if step == "size":
                break
            name += "[]" if isinstance(step, int) or step in {"first", "last"} else f".{step}"
        return name

    def _line(self, index: int) -> int:
        return self._source.count("\n", 0, max(index, 0)) + 1


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    if isinstance(expression, LoopExpression):
        yield from (part for child in expression.children() for part in _parts(child))
        return
    for child in expression.children():
        yield from _parts(child)
