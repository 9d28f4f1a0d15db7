"""Tables: who owns what. Every other table's rows belong to one Organization."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from kaeru.core import ids
from kaeru.core.scope import ScopedManager, ScopedModel
from kaeru.tenants.hours import usual_hours


class Organization(models.Model):
    """事業者: the tenant. Not scoped itself; found through a member, a key or a link."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    is_paused = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class TenantModel(ScopedModel):
    """Base of the tables of all rooms above: the owner and an app-made key."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        abstract = True


class ShopKind(models.TextChoices):
    """What kind of business the shop is."""

    EC = "ec"
    SALON = "salon"


class Shop(TenantModel):
    """店舗: one shop of an organization, with what it says about itself to its customers."""

    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ShopKind.choices, default=ShopKind.EC)
    public_key = models.CharField(max_length=32, unique=True)
    """Names the shop in webhook and style addresses; not a secret."""
    currency = models.CharField(max_length=3, default="JPY")
    timezone = models.CharField(max_length=40, default="Asia/Tokyo")
    site_url = models.URLField(blank=True)
    cart_url = models.CharField(max_length=300, blank=True)
    """Where a cart is rebuilt, with {items} {coupon} {ref}: https://shop.example/cart?items={items}&coupon={coupon}&ref={ref}"""
    account_url = models.URLField(blank=True)
    """Where the buyer keeps addresses and payment methods."""
    notify_url = models.URLField(blank=True)
    """Where Kaeru tells the shop's own system of a wish to cancel (Standard Webhooks); empty: staff cancel by hand."""
    color = models.CharField(max_length=7, default="#2b6a3d")
    paper = models.CharField(max_length=7, default="#faf8f2")
    """Behind the text of the shopper's page; shown lighter where text would not be readable."""
    logo_tag = models.CharField(max_length=16, blank=True)
    """Names the logo's content in its address; empty: there is none. The picture itself is in ShopLogo."""
    logo_width = models.PositiveSmallIntegerField(default=0)
    logo_height = models.PositiveSmallIntegerField(default=0)
    sender_name = models.CharField(max_length=120, blank=True)
    sender_mail = models.EmailField(blank=True)
    postal_address = models.CharField(max_length=200, blank=True)
    """With sender_name and contact: the identity that the law asks of each advertisement."""
    contact = models.CharField(max_length=200, blank=True)
    staff_mail = models.EmailField(blank=True)
    """Where notes to the staff go; empty: to the first owner."""
    staff_language = models.CharField(max_length=2, choices=[("ja", "日本語"), ("en", "English")], default="ja")
    """In which notes to the staff are written."""
    is_paused = models.BooleanField(default=False)
    hours = models.JSONField(default=usual_hours)
    """Opening hours, Monday first: seven of ["10:00", "18:00"] or null; see `tenants.hours`."""
    closed_on = models.JSONField(default=list, blank=True)
    """Days off besides: ["2026-12-31", …]."""
    keeps_holidays = models.BooleanField(default=True)
    """Closed on public holidays."""
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Shop]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "slug", name="shop_slug")]

    def __str__(self) -> str:
        return self.slug


class ShopSecret(TenantModel):
    """A webhook secret of a shop, sealed. Two of one source may be valid while one replaces the other."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    source = models.CharField(max_length=20)
    """shopify | webhook (in) | notify (out) | embed (links that the shop signs itself)"""
    sealed = models.BinaryField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[ShopSecret]] = ScopedManager()


class ShopLogo(TenantModel):
    """The picture of a shop's logo, as it is handed out."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    media = models.CharField(max_length=12)
    """image/png · image/jpeg · image/webp"""
    content = models.BinaryField()
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[ShopLogo]] = ScopedManager()


class UserManager(BaseUserManager["User"]):
    """Users are known by their mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user; without a password they must ask for a reset link."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may do is in their Member rows."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return str(self.id)


class Role(models.TextChoices):
    """Who may do what; see `tenants.rules.PERMISSIONS`."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Member(TenantModel):
    """A user's place in an organization."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Member]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "user_id", name="member_once")]


class ApiKey(TenantModel):
    """A key of a shop's system: shown once, kept as a hash, limited to one shop and some verbs."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    key_hash = models.BinaryField(max_length=32, unique=True)
    verbs = models.JSONField(default=list)
    """read · write"""
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[ApiKey]] = ScopedManager()
