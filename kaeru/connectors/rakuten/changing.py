"""Changes of an order as Rakuten takes them: cancel, another address, other quantities. Each within the states that RMS names.

Each begins with a fresh look: what is done already is not done again, and an order that has left or moved under us is refused.
"""

from kaeru.connectors.base import Access, Standing, Written
from kaeru.connectors.changes import Cancel, ChangeAddress, ChangeLines
from kaeru.connectors.rakuten import client, packages, words
from kaeru.connectors.rakuten.standing import Seen, goes_to, look

DONE = Written("done")
RESTORE_STOCK, LEAVE_STOCK = 1, 2
"""inventoryRestoreType."""


def refused(why: str) -> Written:
    """A code for staff and the buyer's page, or RMS's own words."""
    return Written("refused", why)


def cancel(access: Access, order: str, change: Cancel, key: str, before: Standing) -> Written:
    """Cancelled for good, with the truthful reason. Before it leaves: states 100 to 300. After that (500 to 800) only what the
    buyer asked for in time (800), or what has come back.
    """
    found = look(access, order)
    if not found.standing.is_there:
        return refused("gone")
    if found.standing.is_cancelled:
        return DONE
    reason = words.number_for(change)
    if reason is None:
        return refused("no_reason")
    name = _way_to_cancel(found, change)
    if name is None:
        return refused("shipped" if found.standing.is_shipped else "state_moved")
    restore = RESTORE_STOCK if change.restock else LEAVE_STOCK
    told = {"orderNumber": order, "inventoryRestoreType": restore, "changeReasonDetailApply": reason}
    client.change(access, name, told)
    return DONE


def _way_to_cancel(found: Seen, change: Cancel) -> str | None:
    if found.progress in words.EDITABLE:
        return "cancelOrder"
    if found.progress not in words.RETURNABLE:
        return None
    return "cancelOrderAfterShipping" if change.are_goods_back or not found.standing.is_shipped else None


def change_address(access: Access, order: str, change: ChangeAddress, key: str, before: Standing) -> Written:
    """Another delivery address, in states 100 to 300."""
    found = look(access, order)
    if why := _closed(found):
        return refused(why)
    told = packages.with_sender(found.order, change)
    if isinstance(told, str):
        return refused(told)
    if goes_to(found.standing, told[0]["SenderModel"]):
        return DONE
    if before.address_mark and found.standing.address_mark != before.address_mark:
        return refused("edited_meanwhile")
    client.change(
        access,
        "updateOrderSender",
        {"orderNumber": order, "PackageModelList": told, **packages.coupons_of(found.order)},
    )
    return DONE


def change_lines(access: Access, order: str, change: ChangeLines, key: str, before: Standing) -> Written:
    """Other quantities, in states 100 to 300, with the reason when the order comes to cost less."""
    found = look(access, order)
    if lines_stand(change, found.standing):
        return DONE
    if why := _closed(found):
        return refused(why)
    if change.added or change.shipping_fee is not None:
        return refused("by_hand")
    if dict(found.standing.lines) != dict(before.lines):
        return refused("edited_meanwhile")
    told = packages.with_quantities(found.order, change.quantities)
    if isinstance(told, str):
        return refused(told)
    changed, fall = told
    if max(0, fall) != change.given_back:
        return refused("total_differs")
    body = {"orderNumber": order, "PackageModelList": changed, **packages.coupons_of(found.order)}
    if fall > 0:
        reason = words.number_of(change.reason, change.side)
        if reason is None:
            return refused("no_reason")
        body["reductionReason"] = reason
    client.change(access, "updateOrderSender", body)
    return DONE


def lines_stand(change: ChangeLines, now: Standing) -> bool:
    """Whether the quantities are in the order."""
    return (
        bool(change.quantities)
        and not change.added
        and all(now.lines.get(line, 0) == quantity for line, quantity in change.quantities.items())
    )


def _closed(found: Seen) -> str:
    """Why address and items cannot be changed as the order stands."""
    if not found.standing.is_there:
        return "gone"
    if found.standing.is_cancelled:
        return "cancelled"
    if found.standing.is_shipped:
        return "shipped"
    if found.progress not in words.EDITABLE:
        return "state_moved"
    return packages.not_by_machine(found.order)
