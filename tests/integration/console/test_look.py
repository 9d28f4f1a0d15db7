"""Settings → Look: logo and colours."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kaeru.channels.base import Letter, Piece, PieceKind
from kaeru.channels.mail.wording import word
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.tenants import looks
from kaeru.tenants.models import Shop, ShopLogo
from tests.cast import Cast
from tests.unit.test_pictures import LOSSY, SECRET, chunk, png, webp

WORDS = (Piece(PieceKind.WORDS, "本文"),)
COLOURS = {"color": "#7a3b52", "paper": "#fff4f0", "do": "save"}


def now(cast: Cast) -> Shop:
    with scope.organization(cast.organization.id):
        return Shop.objects.get(id=cast.kotori.id)


def upload(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def test_it_keeps_colours_and_logo(cast: Cast, client: Client) -> None:
    browser = cast.aoi.browser()
    answer = browser.post("/settings/look/", {**COLOURS, "logo": upload(png(64, 32, chunk(b"tEXt", SECRET)))})
    assert answer.status_code == 302
    shop = now(cast)
    assert (shop.color, shop.paper, shop.logo_width, shop.logo_height) == ("#7a3b52", "#fff4f0", 64, 32)
    assert "--paper:light-dark(#fff4f0," in client.get(f"/brand/{shop.public_key}.css").content.decode()
    picture = client.get(looks.logo_path(shop))
    assert (picture.content, picture.headers["Content-Type"]) == (png(), "image/png")
    assert "immutable" in picture.headers["Cache-Control"]
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client.get(looks.logo_path(shop), HTTP_IF_NONE_MATCH=picture.headers["ETag"]).status_code == 304
    assert looks.logo_path(shop) in browser.get("/settings/look/").content.decode()
    with scope.organization(cast.organization.id):
        assert AuditEntry.objects.filter(verb="shop.logo_set").count() == 1


def test_it_shows_the_logo_to_the_buyer_and_in_mails(cast: Cast, client: Client) -> None:
    with scope.organization(cast.organization.id):
        looks.set_logo(cast.kotori, png(400, 100), actor="test")
        letter = Letter(uuid4(), cast.kotori, "ja", False, "h@example.com", WORDS, WORDS, clock.now())
        html = word(letter).html
        looks.set_logo(cast.kotori, webp(LOSSY), actor="test")
        without = word(letter).html
    assert f'src="http://testserver/brand/{cast.kotori.public_key}/' in html
    assert 'width="192" height="48"' in html
    assert cast.kotori.name in html
    assert "/brand/" not in without, "mail programs do not show WebP"
    page = client.get(f"/o/{cast.kotori.public_key}/x").content.decode()
    assert f'src="{looks.logo_path(now(cast))}"' in page


def test_it_shows_the_newest_logo_to_old_mails_and_none_after_it_was_removed(cast: Cast, client: Client) -> None:
    with scope.organization(cast.organization.id):
        old = looks.logo_path(looks.set_logo(cast.kotori, png(64, 32), actor="test"))
        new = looks.logo_path(looks.set_logo(cast.kotori, png(32, 32), actor="test"))
        assert ShopLogo.objects.count() == 1
    assert old != new
    answer = client.get(old)
    assert (answer.content, answer.headers["Cache-Control"]) == (png(32, 32), "public, max-age=3600")
    browser = cast.aoi.browser()
    assert browser.post("/settings/look/", {"do": "remove"}).status_code == 302
    assert browser.post("/settings/look/", {"do": "remove"}).status_code == 302
    assert client.get(new).status_code == 404
    assert (now(cast).logo_tag, now(cast).logo_width) == ("", 0)
    assert "<img" not in client.get(f"/o/{cast.kotori.public_key}/x").content.decode()


@pytest.mark.parametrize(
    "content", [b"<svg onload='alert(1)'/>", b"MZ\x90", png()[:-5], png(4, 4), png() + b"\0" * 204_800]
)
def test_it_keeps_nothing_when_the_picture_is_refused(cast: Cast, content: bytes) -> None:
    answer = cast.aoi.browser().post("/settings/look/", {**COLOURS, "logo": upload(content)})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert (now(cast).color, now(cast).logo_tag) == (cast.kotori.color, "")


def test_it_tries_colours_without_keeping_them(cast: Cast) -> None:
    browser = cast.aoi.browser()
    answer = browser.post("/settings/look/", {"color": "#ffff00", "paper": "#000000", "do": "look"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "color=%23ffff00&amp;paper=%23000000&amp;scheme=dark" in page
    assert now(cast).color == cast.kotori.color
    asked = {"color": "#ffff00", "paper": "#000000", "scheme": "dark"}
    frame = browser.get("/settings/look/preview/", asked)
    assert "frame-ancestors 'self'" in frame.headers["Content-Security-Policy"]
    assert "script-src 'none'" in frame.headers["Content-Security-Policy"]
    style = browser.get("/settings/look/style/", asked).content.decode()
    assert "--brand:#ffff00" in style
    assert "color-scheme:dark" in style


@pytest.mark.parametrize(
    "asked", [{"color": "red"}, {"paper": "#000000;}*{x"}, {"scheme": "dark;}"}, {"color": "expression(1)"}]
)
def test_it_puts_nothing_strange_into_a_stylesheet(cast: Cast, asked: dict[str, str]) -> None:
    browser = cast.aoi.browser()
    assert browser.get("/settings/look/style/", asked).status_code == 404
    assert browser.get("/settings/look/preview/", asked).status_code == 404
    assert browser.post("/settings/look/", {**COLOURS, **asked}).status_code in {302, 422}
    assert now(cast).color in {cast.kotori.color, "#7a3b52"}


def test_it_is_for_those_who_may_edit_the_shop(cast: Cast) -> None:
    for address in ("look/", "look/preview/", "look/style/"):
        assert cast.bunta.browser().get(f"/settings/{address}").status_code == 403
    assert cast.bunta.browser().post("/settings/look/", COLOURS).status_code == 403


def test_it_never_shows_the_logo_of_another_shop(cast: Cast, client: Client) -> None:
    with scope.organization(cast.organization.id):
        shop = looks.set_logo(cast.kotori, png(), actor="test")
    assert client.get(f"/brand/{cast.other_shop.public_key}/{shop.logo_tag}").status_code == 404
    assert looks.logo_path(shop) not in cast.chika.browser().get("/settings/look/").content.decode()
