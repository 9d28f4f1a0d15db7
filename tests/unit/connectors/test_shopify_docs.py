"""The list of calls to Shopify cannot fall behind the calls."""

import re
from pathlib import Path

from graphql import FieldNode, OperationDefinitionNode, parse

from kaeru.connectors.shopify import client, documents, scopes
from kaeru.connectors.shopify.subscriptions import TOPICS

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_it_lists_every_call_with_what_it_asks_for() -> None:
    told = re.findall(r"^\| `(\w+)` \| (query|mutation) \| ([`\w, ]+) \| (.+) \|$", _page(), re.MULTILINE)
    made = []
    for name in documents.names():
        (operation,) = [
            one for one in parse(documents.text(name)).definitions if isinstance(one, OperationDefinitionNode)
        ]
        roots = [one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)]
        made.append((name, operation.operation.value, ", ".join(f"`{root}`" for root in roots)))
    assert [one[:3] for one in told] == made


def test_it_names_the_versions_and_topics() -> None:
    assert f"`{client.VERSION}`" in _page()
    assert f"`{client.OLDEST_VERSION}`" in _page()
    assert [topic for topic in TOPICS if f"`{topic}`" not in _page()] == []


def test_it_says_what_each_permission_is_for() -> None:
    page = (DOCS / "how-to/connect-shopify.md").read_text("utf-8")
    assert [scope for scope in scopes.WANTED if f"`{scope}`" not in page] == []


def _page() -> str:
    return (DOCS / "reference/shopify-calls.md").read_text("utf-8")
