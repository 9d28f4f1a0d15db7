"""The shop's colour as a stylesheet."""

from django.test import Client

from kaeru.core import scope
from kaeru.tenants.models import Shop
from tests.cast import Cast


def test_it_is_css_that_browsers_may_keep(client: Client, cast: Cast) -> None:
    answer = client.get(f"/brand/{cast.kotori.public_key}.css")
    assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = client.get(f"/brand/{cast.kotori.public_key}.css", HTTP_IF_NONE_MATCH=answer.headers["ETag"])
    assert again.status_code == 304


def test_it_never_repeats_what_is_no_colour(client: Client, cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        Shop.objects.filter(id=cast.kotori.id).update(color="red;}*")
    text = client.get(f"/brand/{cast.kotori.public_key}.css").content.decode()
    assert "red" not in text
    assert text.startswith(":root{--brand:#")


def test_it_is_404_for_an_unknown_key(client: Client, db: None) -> None:
    assert client.get("/brand/nobody.css").status_code == 404
