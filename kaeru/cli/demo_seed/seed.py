"""Fills an empty demo: the shop, its people, its past and its four weeks. The same each time, counted back from now."""

import random
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings

from examples.demo_shop import changes, pricing, store
from kaeru.cancellations.models import Reason
from kaeru.cancellations.repairs import terms
from kaeru.cancellations.seeds import seed_reasons
from kaeru.cli.demo_seed import comparison, mall, past, people, plan, play, salon, scenes, wishes
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gate_reads
from kaeru.connectors.webhook import connecting
from kaeru.core import clock, scope
from kaeru.offers import actions as offers
from kaeru.offers import queries as offer_reads
from kaeru.scenarios.seeds import seed_scenarios
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Member, Organization, Role, Shop, User

LOGIN = "demo@kaeru.example"
PASSWORD = "kotori-no-kaeru"  # noqa: S105 - shown to everybody who starts the demo
SLUG = "kotori"
SEED = 20261124
ACTOR = "cli"


def find_shop() -> Shop | None:
    """The demo's shop, or None in an empty demo."""
    with scope.everyone():
        return Shop.objects.filter(slug=SLUG, organization__slug=SLUG).first()


def fill(progress: Callable[[float], None] = lambda share: None) -> Shop:
    """Live through the four weeks up to now; `progress` hears the share that is done."""
    now = clock.now()
    start = now - timedelta(weeks=plan.WEEKS, days=1)
    play.set_clock(start)
    shop, owner = _open_shop()
    draw = random.Random(SEED)  # noqa: S311 - invented data, nothing secret
    buyers, visitors, newcomers = people.customers(draw), people.visitors(), people.newcomers()
    closing = plan.closing_scene(buyers, visitors, newcomers, now)
    before = random.Random(SEED + 1)  # noqa: S311 - invented data, nothing secret
    history = plan.history(before, buyers, visitors, now)
    with scope.organization(shop.organization_id):
        stage = play.Stage(shop, end=now, progress=lambda at: progress((at - start) / (now - start)))
        play.quick_writes(is_on=True)
        try:
            honoured = [story.buyer for story in closing] + visitors
            known = comparison.meet(shop, [*buyers, *visitors, *newcomers], honoured)
            sides = comparison.divide(shop, history, known, before)
            returns = [side.back for side in sides if side.back is not None]
            numbers = past.bring(stage, sorted([*history, *returns], key=lambda story: story.at))
            comparison.keep(shop, sides, known, numbers)
            for story in [*plan.stories(draw, buyers, now), *closing]:
                play.begin(stage, story)
            play.tell_regularly(stage, start)
            scenes.plan(stage, owner)
            wishes.plan(stage, buyers)
            opens = salon.round_before(now) - timedelta(minutes=40)
            stage.at(opens, lambda: salon.open_salon(stage, shop.organization, start))
            stage.run()
            mall.open_malls(shop.organization, [(buyer.name, buyer.email) for buyer in buyers])
            stage.turn()
            comparison.count_up()
        finally:
            play.quick_writes(is_on=False)
    _write_book(stage, [*buyers, *visitors, *newcomers])
    clock.set_clock(None)
    return shop


def _open_shop() -> tuple[Shop, User]:
    organization = Organization.objects.filter(slug=SLUG).first() or tenants.create_organization(SLUG, "小鳥雑貨店")
    owner = tenants.add_member(organization, LOGIN, Role.OWNER, PASSWORD, name="小鳥 葵")
    shop = tenants.add_shop(
        organization, SLUG, "小鳥雑貨店", actor=ACTOR, color="#2d6784", sender_name="小鳥雑貨店", sender_mail="shop@kotori.example",
        postal_address="〒110-0001 東京都台東区谷中3-14-15", contact="support@kotori.example", staff_mail="staff@kotori.example",
    )  # fmt: skip
    with scope.organization(organization.id):
        seed_reasons(shop)
        Reason.objects.filter(shop=shop, code="changed_mind").update(is_active=True)
        seed_scenarios(shop, actor=ACTOR, is_on=True)
        scenes.open_shop(shop)
        wishes.open_shop(shop)
    return shop, owner.user


def _write_book(stage: play.Stage, buyers: list[store.Buyer]) -> None:
    store.prepare()
    store.save_buyers(buyers)
    told = clock.now()
    store.save_purchases([play.told(purchase, told) for purchase in stage.purchases.values()])


def connect(shop: Shop) -> None:
    """Tell both sides where the other is; the port may be another at each start. The key is made once.

    The sample shop carries out changes; whoever tries the demo may switch to a dry run, and it stays so.
    """
    base = settings.KAERU_BASE_URL
    with scope.organization(shop.organization_id):
        salon.connect()
        Shop.objects.filter(id=shop.id).update(
            site_url=f"{base}/demo/shop/",
            cart_url=f"{base}/demo/shop/cart?items={{items}}&coupon={{coupon}}&ref={{ref}}",
            account_url="",
            notify_url=f"{base}/demo/shop/hooks/kaeru",
        )
        if not store.setting("kaeru_key"):
            _, key = tenants.create_api_key(shop, "小鳥雑貨店", ["read", "write"], actor=ACTOR)
            store.set_settings(kaeru_key=key)
        store.set_settings(
            kaeru_url=base, kaeru_secret=tenants.shop_secrets(shop, "notify")[0], mail_url=settings.KAERU_MAIL_URL
        )
        store.prepare()
        connecting.connect(shop, list(changes.CAPABILITIES), actor=ACTOR)
        if shop.id not in gate_reads.terms_of([shop.id]):
            gate.set_terms(shop, is_live=True, most_per_order=30_000, most_per_day=100_000, actor=ACTOR)
            owner = Member.objects.select_related("user").filter(role=Role.OWNER).order_by("id")[0]
            wishes.after_connecting(shop, owner.user, f"member:{owner.id}")
        if offer_reads.shipping_terms(shop.id) is None:
            offers.set_shipping_terms(shop, pricing.SHIPPING_FEE, pricing.FREE_FROM, actor=ACTOR)
            terms.set_terms(shop, terms.Terms(express_days=1, undo_minutes=5), actor=ACTOR)
