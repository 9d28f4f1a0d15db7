"""Documents are executed as Shopify does: against the vendor's own schema where it lies beside the repository, else by walking them.

Both ways answer from the same roots: a mapping from field to a function of the arguments, which gives plain dictionaries.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_client_schema,
    execute_sync,
    parse,
    validate,
    value_from_ast_untyped,
)

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "shopify"
Root = Callable[..., Any]


def has_schema(version: str) -> bool:
    """Whether the vendor's schema of this version is at hand."""
    return (CONTRACTS / f"admin_{version}.json.gz").is_file()


@cache
def schema(version: str) -> GraphQLSchema:
    """The vendor's schema. graphql-core refuses six of its interface fields, so it is taken as valid."""
    with gzip.open(CONTRACTS / f"admin_{version}.json.gz") as file:
        return build_client_schema(json.load(file)["data"], assume_valid=True)


@cache
def _parsed(text: str) -> DocumentNode:
    return parse(text)


@cache
def _problems(text: str, version: str) -> list[GraphQLError]:
    return validate(schema(version), _parsed(text))


def operation_name(text: str) -> str:
    """OrderCancel."""
    found = next(part for part in _parsed(text).definitions if isinstance(part, OperationDefinitionNode))
    return found.name.value if found.name else ""


def run(text: str, variables: dict[str, Any], roots: Mapping[str, Root], version: str) -> dict[str, Any]:
    """{"data": …} or {"errors": …}, as the vendor answers."""
    if not has_schema(version):
        return {"data": _Walk(_parsed(text), variables).go(roots)}
    problems = _problems(text, version)
    if problems:
        return {"errors": [{"message": one.message, "extensions": {"code": "undefinedField"}} for one in problems]}
    bound = {name: (lambda _info, function=function, **given: function(**given)) for name, function in roots.items()}
    done = execute_sync(schema(version), _parsed(text), root_value=bound, variable_values=variables)
    if done.errors:  # a fake that breaks the vendor's schema is no witness
        raise AssertionError([str(one) for one in done.errors])
    return {"data": done.data}


class _Walk:
    """Executes a document over dictionaries, without a schema."""

    def __init__(self, document: DocumentNode, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.fragments = {
            part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)
        }
        self.operation = next(part for part in document.definitions if isinstance(part, OperationDefinitionNode))

    def go(self, roots: Mapping[str, Root]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for node in self.operation.selection_set.selections:
            assert isinstance(node, FieldNode)
            given = {one.name.value: value_from_ast_untyped(one.value, self.variables) for one in node.arguments or ()}
            found = roots[node.name.value](**{name: value for name, value in given.items() if value is not None})
            told[node.name.value] = self._shape(found, node.selection_set)
        return told

    def _shape(self, value: Any, wanted: SelectionSetNode | None) -> Any:
        if isinstance(value, list):
            return [self._shape(one, wanted) for one in value]
        if wanted is None or value is None:
            return value
        told: dict[str, Any] = {}
        for node in wanted.selections:
            if isinstance(node, FieldNode):
                inner = value.get(node.name.value)
                if callable(inner):
                    inner = inner(
                        **{
                            one.name.value: value_from_ast_untyped(one.value, self.variables)
                            for one in node.arguments or ()
                        }
                    )
                told[node.name.value] = self._shape(inner, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                told |= self._shape(value, self.fragments[node.name.value].selection_set)
            elif isinstance(node, InlineFragmentNode) and node.type_condition:
                is_meant = node.type_condition.name.value == value.get("__typename")
                told |= self._shape(value, node.selection_set) if is_meant else {}
        return told
