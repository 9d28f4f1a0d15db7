"""Changes of an order that stands, as Shopify takes them: hold, address, discount, lines, money back, cancellation.

Each begins with a fresh look: what is already done is not done again, and what has moved under us is refused, never overwritten.
"""

from dataclasses import replace

from kaeru.connectors.base import Access, Busy, Standing, Written
from kaeru.connectors.changes import AddDiscount, Cancel, ChangeAddress, ChangeLines, GiveBack, Hold, Release
from kaeru.connectors.reading import part, text
from kaeru.connectors.shopify import client, refunding, spread
from kaeru.connectors.shopify.editing import Editing
from kaeru.connectors.shopify.standing import HELD, Seen, address_mark, address_of, gid, handle, look, mark, owed

DONE = Written("done")
HOLD_REASONS = {"address": "INCORRECT_ADDRESS", "payment": "AWAITING_PAYMENT", "stock": "INVENTORY_OUT_OF_STOCK"}
_ALREADY_HELD = "DUPLICATE_FULFILLMENT_HOLD_HANDLE"


def refused(why: str) -> Written:
    """A code for the buyer's page, or Shopify's words for staff."""
    return Written("refused", why)


def hold(access: Access, order: str, change: Hold, key: str, before: Standing) -> Written:
    """Nothing leaves: every part of the order that has not left is held, or none."""
    found = look(access, order)
    if why := _closed(found):
        return refused(why)
    if found.standing.is_held:
        return DONE
    if not found.parcels:
        return refused("shipped")
    if not all(parcel.can_be_held or parcel.holds for parcel in found.parcels):
        return refused("being_packed")
    told = {
        "reason": HOLD_REASONS.get(change.why, "OTHER"), "handle": handle(key), "notifyMerchant": False,
        "reasonNotes": "Kaeru: the buyer and the shop are deciding",
    }  # fmt: skip
    for parcel in found.parcels:
        if parcel.holds:
            continue
        try:
            client.change(access, "fulfillment_hold", {"id": parcel.id, "hold": told})
        except client.Refused as failure:
            if failure.code != _ALREADY_HELD:
                raise
    return DONE


def release(access: Access, order: str, change: Release, key: str, before: Standing) -> Written:
    """Our own holds go; those of the shop and of other apps stay."""
    for parcel in look(access, order).parcels:
        if parcel.holds:
            client.change(access, "fulfillment_release", {"id": parcel.id, "holds": list(parcel.holds)})
    return DONE


def change_address(access: Access, order: str, change: ChangeAddress, key: str, before: Standing) -> Written:
    """Another delivery address, before anything has left."""
    address = address_of(change)
    if address is None:
        return refused("no_such_prefecture")
    found = look(access, order)
    if why := _closed(found):
        return refused(why)
    if found.standing.address_mark == address_mark(address):
        return DONE
    if before.address_mark and found.standing.address_mark != before.address_mark:
        return refused("edited_meanwhile")
    client.change(access, "order_update", {"input": {"id": gid("Order", order), "shippingAddress": address}})
    return DONE


def add_discount(access: Access, order: str, change: AddDiscount, key: str, before: Standing) -> Written:
    """Off the order itself, to the yen; what was paid too much then goes back. Where no discount says it exactly, the money does."""
    found, name = look(access, order), mark(key)
    if f"refund:{name}" in found.standing.marks:
        return DONE
    if f"discount:{name}" not in found.standing.marks:
        if why := _not_editable(found, before):
            return refused(why)
        now = found.standing
        back = max(0, now.paid - now.refunded - now.total + change.amount) - found.owed
        if back and refunding.plan(found.payments, back) is None:
            return refused("refund_by_hand")
        words = f"{change.label or change.code} [{name}]".strip()
        if not _edit_discount(access, order, change.amount, words, key):
            if back != change.amount:
                return refused("not_exact")
            return _give(access, order, found, back, key, words)
    return _settled(access, order, change.amount, key, before, f"{change.label or change.code} [{name}]")


def _edit_discount(access: Access, order: str, amount: int, words: str, key: str) -> bool:
    """Whether an edit takes off exactly this; each plan is staged and compared before it counts."""
    tried: list[spread.Plan] = []
    for kind in (spread.by_piece, spread.by_line):
        editing = Editing(access, order)
        wanted, plan = editing.total - amount, kind(editing.open_lines(), amount)
        if plan is None or plan in tried:
            continue
        tried.append(plan)
        for line, value in plan:
            editing.discount(line, value, words)
        if editing.total == wanted:
            editing.commit(f"Kaeru {mark(key)}")
            return True
    return False


def change_lines(access: Access, order: str, change: ChangeLines, key: str, before: Standing) -> Written:
    """Other quantities, items added, another fee: in one edit, with exactly the money back that was promised."""
    found, url = look(access, order), ""
    if not lines_stand(change, before, found.standing):
        if why := _not_editable(found, before):
            return refused(why)
        if len(found.standing.lines) >= 100:
            return refused("too_many_lines")
        editing = Editing(access, order)
        if not all(editing.may_set(line, quantity) for line, quantity in change.quantities.items()):
            return refused("shipped")
        for line, quantity in change.quantities.items():
            editing.set_quantity(line, quantity)
        for variant, quantity in change.added:
            editing.add(variant, quantity)
        if change.shipping_fee is not None:
            editing.set_fee(change.shipping_fee)
        back = max(0, -editing.outstanding) - found.owed
        if found.standing.paid > found.standing.refunded and max(0, back) != change.given_back:
            return refused("total_differs")
        if back > 0 and refunding.plan(found.payments, back) is None:
            return refused("refund_by_hand")
        url = editing.commit(f"Kaeru {mark(key)}")
    done = _settled(access, order, change.given_back, key, before, f"Kaeru [{mark(key)}]")
    return replace(done, made={"url": url}) if url and done.outcome == "done" else done


def _settled(access: Access, order: str, most: int, key: str, before: Standing, note: str) -> Written:
    """After an edit: what the buyer has paid too much by it goes back. The edit is in the order, so nothing that goes wrong here
    may look as if nothing had been done.
    """
    try:
        found = look(access, order)
        back = min(found.owed - owed(before), most)
        if back <= 0 or f"refund:{mark(key)}" in found.standing.marks:
            return DONE
        done = _give(access, order, found, back, key, note)
    except Busy:
        return Written("unknown", "busy")
    except client.Refused as no:
        done = refused(no.words)
    return done if done.outcome == "done" else refused(f"changed, but not refunded: {done.words}"[:300])


def lines_stand(change: ChangeLines, before: Standing, now: Standing) -> bool:
    """Whether the edit is in the order; the money is another question."""
    if any(now.lines.get(line, 0) != quantity for line, quantity in change.quantities.items()):
        return False
    if change.shipping_fee is not None and f"fee:{change.shipping_fee}" not in now.marks:
        return False
    fresh = sorted(quantity for line, quantity in now.lines.items() if line not in before.lines and quantity)
    return fresh == sorted(quantity for _, quantity in change.added)


def give_back(access: Access, order: str, change: GiveBack, key: str, before: Standing) -> Written:
    """Money back for an order that stands."""
    found = look(access, order)
    if not found.standing.is_there:
        return refused("gone")
    if f"refund:{mark(key)}" in found.standing.marks:
        return DONE
    if found.standing.refunded != before.refunded:
        return refused("edited_meanwhile")
    return _give(access, order, found, change.amount, key, f"{change.note or 'Kaeru'} [{mark(key)}]")


def _give(access: Access, order: str, found: Seen, amount: int, key: str, note: str) -> Written:
    if found.is_foreign:
        return refused("other_currency")
    if found.standing.refunded + amount > found.standing.paid:
        return refused("more_than_paid")
    parts = refunding.plan(found.payments, amount)
    if parts is None:
        return refused("refund_by_hand")
    refunding.give(access, gid("Order", order), parts, key, note)
    return DONE


def cancel(access: Access, order: str, change: Cancel, key: str, before: Standing) -> Written:
    """Cancelled with its reason; Shopify works on it and the order says when it is so. Money by hand stays with the shop's staff."""
    found = look(access, order)
    if not found.standing.is_there:
        return refused("gone")
    if found.standing.is_cancelled:
        return DONE
    if found.standing.is_shipped:
        return refused("shipped")
    by_hand = any(payment.is_manual and payment.left > 0 for payment in found.payments)
    told = {
        "id": gid("Order", order), "reason": cancel_reason(change), "restock": change.restock,
        "refund": {"originalPaymentMethodsRefund": change.refund and not by_hand},
        "note": f"Kaeru: {change.reason} ({change.side}) [{mark(key)}]"[:255],
    }  # fmt: skip
    try:
        done = client.change(access, "order_cancel", told)
    except client.Refused:
        if look(access, order).standing.is_cancelled:
            return DONE
        raise
    made = {"job": text(part(done.get("job")).get("id"), 200)}
    if by_hand and change.refund:
        made["refund"] = "by_hand"
    return Written("pending", made=made)


def cancel_reason(change: Cancel) -> str:
    """Shopify's coarse word for our reason; never empty.

    >>> cancel_reason(Cancel("out_of_stock", "shop")), cancel_reason(Cancel("changed_mind", "customer"))
    ('INVENTORY', 'CUSTOMER')
    """
    if change.side == "customer":
        return "CUSTOMER"
    return "INVENTORY" if change.side == "shop" and change.reason == "out_of_stock" else "OTHER"


def _closed(found: Seen) -> str:
    if not found.standing.is_there:
        return "gone"
    if found.standing.is_cancelled:
        return "cancelled"
    return "shipped" if found.standing.is_shipped else ""


def _not_editable(found: Seen, before: Standing) -> str:
    """Why an edit must not begin: it is closed to edits, or somebody changed it since the gate looked."""
    now = found.standing
    if not now.is_there:
        return "gone"
    if now.is_cancelled:
        return "cancelled"
    if found.is_foreign:
        return "other_currency"
    if dict(now.lines) != dict(before.lines) or now.total != before.total:
        return "edited_meanwhile"
    return "" if found.is_editable else (found.why_not or "not_editable")


def is_released(standing: Standing) -> bool:
    """Whether no hold of ours is left."""
    return HELD not in standing.marks
