"""Verbs: give a shop its logo, take it away."""

import hashlib

from django.conf import settings
from django.db import transaction

from kaeru.core import audit, clock
from kaeru.tenants.models import Shop, ShopLogo
from kaeru.tenants.pictures import read_picture

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@transaction.atomic
def set_logo(shop: Shop, content: bytes, *, actor: str) -> Shop:
    """Show this picture in place of the one before. Raises PictureRefused."""
    picture = read_picture(content)
    ending = _ENDINGS[picture.media]
    ShopLogo.objects.update_or_create(
        shop=shop,
        defaults={
            "organization_id": shop.organization_id,
            "media": picture.media,
            "content": picture.content,
            "created_at": clock.now(),
        },
    )
    shop.logo_tag = hashlib.sha256(picture.content).hexdigest()[:11] + "." + ending
    shop.logo_width, shop.logo_height = picture.width, picture.height
    shop.save(update_fields=["logo_tag", "logo_width", "logo_height"])
    size = {"width": picture.width, "height": picture.height, "bytes": len(picture.content)}
    audit.record(shop.organization_id, actor, "shop.logo_set", "shop", shop.id, media=picture.media, **size)
    return shop


@transaction.atomic
def remove_logo(shop: Shop, *, actor: str) -> bool:
    """Show the name only. False when there is no logo."""
    if not ShopLogo.objects.filter(shop=shop).delete()[0]:
        return False
    shop.logo_tag, shop.logo_width, shop.logo_height = "", 0, 0
    shop.save(update_fields=["logo_tag", "logo_width", "logo_height"])
    audit.record(shop.organization_id, actor, "shop.logo_removed", "shop", shop.id)
    return True


def logo_path(shop: Shop) -> str:
    """Where the logo is, without the installation's address; empty when there is none."""
    return f"/brand/{shop.public_key}/{shop.logo_tag}" if shop.logo_tag else ""


def logo_url(shop: Shop) -> str:
    """Where a mail finds the logo; empty when there is none, or mail programs would not show its kind."""
    return settings.KAERU_BASE_URL + logo_path(shop) if shop.logo_tag[-4:] in (".png", ".jpg") else ""


def logo_size(shop: Shop, most_width: int, most_height: int) -> tuple[int, int]:
    """The logo's width and height, made to fit."""
    share = min(1.0, most_width / max(shop.logo_width, 1), most_height / max(shop.logo_height, 1))
    return max(1, round(shop.logo_width * share)), max(1, round(shop.logo_height * share))
