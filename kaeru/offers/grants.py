"""May these coupons be given? Budgets and "one incentive per customer in N weeks", for many asks at once.

Two workers never overspend a budget nor give one customer two: budgets, then customers are locked in sorted order until
the caller's transaction ends (SQLite has one writer). Ask once in a transaction, with all asks of the batch.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max

from kaeru.core import ids
from kaeru.customers.models import Customer
from kaeru.offers import stops
from kaeru.offers.models import Budget, Coupon, IncentiveLimit
from kaeru.offers.rules import USUAL_INCENTIVE_WEEKS, Ask, BudgetKey, Purse, ShopTerms, budget_key, settle
from kaeru.tenants.models import Shop


def grant(asks: Sequence[Ask]) -> list[str]:
    """In the order of the asks: "" for a coupon that is given, else why not (farming | had_incentive | budget_spent).

    Inside the caller's transaction, in which the caller also writes the coupons that are given: what is given is charged
    to its budget here. A constant number of queries. First come, first served.
    """
    shops = _shops({ask.shop_id for ask in asks})
    terms = {shop_id: told for shop_id, (told, _) in shops.items()}
    asking = [ask for ask in asks if ask.shop_id in terms]
    if len(asking) < len(asks):
        raise Shop.DoesNotExist("an ask for a shop that is not in scope")
    budgets = _locked_budgets(asking, shops)
    purse = Purse({key: row.spent for key, row in budgets.items()}, _last_incentives(asking, terms))
    answers = settle(asking, purse, terms)
    _charge(budgets, purse)
    return answers


def terms_of(shop_ids: Iterable[int]) -> dict[int, ShopTerms]:
    """What of these shops counts when coupons are given (for rehearsals); three queries."""
    return {shop_id: told for shop_id, (told, _) in _shops(set(shop_ids)).items()}


def _shops(shop_ids: set[int]) -> dict[int, tuple[ShopTerms, int]]:
    """Terms and organization by shop."""
    if not shop_ids:
        return {}
    weeks = dict(IncentiveLimit.objects.filter(shop_id__in=shop_ids).values_list("shop_id", "weeks"))
    closed = {shop_id: row.reason for shop_id, row in stops.stopped(shop_ids).items()}
    shops = Shop.objects.filter(id__in=shop_ids).values_list("id", "timezone", "organization_id")
    return {
        shop_id: (ShopTerms(zone, weeks.get(shop_id, USUAL_INCENTIVE_WEEKS), closed.get(shop_id, "")), organization_id)
        for shop_id, zone, organization_id in shops
    }


def _locked_budgets(asks: Sequence[Ask], shops: dict[int, tuple[ShopTerms, int]]) -> dict[BudgetKey, Budget]:
    """The budgets of asks that name one, made where new, ours until the transaction ends."""
    limits = {budget_key(ask, shops[ask.shop_id][0].zone): ask.budget for ask in asks if ask.budget is not None}
    if not limits:
        return {}
    Budget.objects.bulk_create(
        [
            Budget(
                id=ids.new_id(),
                organization_id=shops[shop_id][1],
                shop_id=shop_id,
                key=key,
                month_on=month_on,
                limit=limits[shop_id, key, month_on],
            )
            for shop_id, key, month_on in sorted(limits)
        ],
        update_conflicts=True,
        unique_fields=["shop_id", "key", "month_on"],
        update_fields=["limit"],
    )
    rows = Budget.objects.filter(
        shop_id__in={shop_id for shop_id, _, _ in limits},
        key__in={key for _, key, _ in limits},
        month_on__in={month_on for _, _, month_on in limits},
    )
    found = {(row.shop_id, row.key, row.month_on): row for row in rows}
    return {key: found[key] for key in limits}


def _last_incentives(asks: Sequence[Ask], terms: dict[int, ShopTerms]) -> dict[int, datetime]:
    """When these customers' newest coupons were issued; the customers are ours until the transaction ends."""
    limited = {ask.customer_id for ask in asks if ask.customer_id is not None and terms[ask.shop_id].incentive_weeks}
    if not limited:
        return {}
    customers = Customer.objects.select_for_update(no_key=True).filter(id__in=limited).order_by("id")
    held = list(customers.values_list("id", flat=True))
    newest = Coupon.objects.filter(customer_id__in=held).values_list("customer_id").annotate(at=Max("issued_at"))
    return {customer_id: at for customer_id, at in newest if customer_id is not None}


def _charge(budgets: dict[BudgetKey, Budget], purse: Purse) -> None:
    changed = []
    for key, row in budgets.items():
        if purse.spent.get(key, 0) != row.spent:
            row.spent = purse.spent[key]
            changed.append(row)
    if changed:
        Budget.objects.bulk_update(changed, ["spent"])
