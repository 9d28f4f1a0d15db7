"""What a message may mention. Nothing else exists while a template is filled in."""

SHOP = frozenset({"shop.name", "shop.contact", "shop.site_url"})
CUSTOMER = frozenset({"customer.name"})
ORDER = frozenset(
    {
        "order.number",
        "order.total",
        "order.placed_on",
        "order.lines",
        "order.lines[].title",
        "order.lines[].variant",
        "order.lines[].quantity",
        "order.lines[].price",
    }
)
REASON = frozenset({"reason.label", "reason.guidance"})
COUPON = frozenset({"coupon.code", "coupon.value", "coupon.expires_on", "coupon.minimum"})
LINKS = frozenset({"links.reorder", "links.cancel", "links.unsubscribe", "links.account"})

VARIABLES = SHOP | CUSTOMER | ORDER | REASON | COUPON | LINKS
"""All that exist. `name[]` stands for each entry of a list."""
WITHOUT_COUPON = VARIABLES - COUPON
"""Before a coupon was issued, and in notices: a coupon makes an advertisement of it."""
PARCEL = frozenset(
    {"parcel.leaves_on", "parcel.wished", "parcel.carrier", "parcel.tracking", "delay.cause", "delay.words"}
)
"""Besides, in notices about a parcel. `delay` is what the shop says about it."""
VISIT = frozenset({"visit.day", "visit.when", "visit.service", "visit.staff", "visit.price", "links.visit"})
"""Besides, in notices about a visit to a salon."""
STAFF = frozenset({"links.story"})
"""Besides, in notes to the shop's own people."""
ADVERTISEMENTS_ONLY = frozenset({"links.unsubscribe"})
"""A notice cannot be stopped, so it has no such link."""
COLLECTIONS = frozenset({"order.lines"})
"""Lists: for `for`, `if` and `.size`, not to be printed whole."""
TRUSTED_ROOTS = frozenset({"shop", "reason", "coupon", "delay"})
"""Written by the shop or by us; everything else is somebody's data."""
