"""Tables: the people who buy."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class Customer(TenantModel):
    """お客様: a person as one shop knows them."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    source_id = models.CharField(max_length=100, null=True)
    """The shop system's id; null for guests, who are known by their mail."""
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, default="ja")
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Customer]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization_id", "shop_id", "source_id", name="customer_source", condition=Q(source_id__isnull=False)
            )
        ]


class Identity(TenantModel):
    """How a customer is reached: one mail address, one phone number, one LINE account."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    """mail | phone | line"""
    value = models.CharField(max_length=254)

    objects: ClassVar[ScopedManager[Identity]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("customer_id", "kind", name="identity_one_of_kind")]
        indexes = [models.Index("organization_id", "shop_id", "kind", "value", name="identity_value")]


class Consent(TenantModel):
    """同意: the customer agreed to advertisements on a channel; the proof is kept."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10)
    basis = models.CharField(max_length=20)
    """opt_in (said yes) — the only basis so far"""
    source = models.CharField(max_length=40)
    """Where they said so: cancel_page, shop_system, import, staff"""
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Consent]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("customer_id", "channel", name="consent_once")]


class CustomerTag(TenantModel):
    """タグ: a word that the shop or a scenario put on a customer, to be asked for by conditions."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    tag = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[CustomerTag]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("customer_id", "tag", name="customer_tag_once")]
        indexes = [models.Index("shop_id", "tag", name="customer_tag_shop")]


class Suppression(TenantModel):
    """配信停止: an address that must not get (any | advertising) mail. Kept as a keyed hash, so that it outlives erasure."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10)
    address_hash = models.BinaryField(max_length=32)
    covers = models.CharField(max_length=15)
    """advertisement (opted out) | everything (bounced, complained)"""
    why = models.CharField(max_length=20)
    """opt_out | bounce | complaint | staff"""
    since = models.DateTimeField()

    objects: ClassVar[ScopedManager[Suppression]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "channel", "address_hash", name="suppression_once")]


class Alias(TenantModel):
    """A name under which a customer was known before two cards of one person were merged: who comes by it again is that customer."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    """id (the card that is gone) | source (its id in the shop's system) | mail | phone | line"""
    value = models.CharField(max_length=254)

    objects: ClassVar[ScopedManager[Alias]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "kind", "value", name="alias_once")]
