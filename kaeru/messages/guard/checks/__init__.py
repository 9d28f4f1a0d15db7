"""What no expression can say: checks by the name that a rule gives. Each tells where a page breaks its rule."""

from collections.abc import Callable, Iterable, Mapping

from kaeru.messages.guard.checks import advertisements, letters, links, placeholders, sizes
from kaeru.messages.guard.page import Page
from kaeru.messages.guard.text import Hit, Rule

Check = Callable[[Page, Rule], Iterable[Hit]]

CHECKS: Mapping[str, Check] = {
    "consent": advertisements.consent,
    "opt_out": advertisements.opt_out,
    "sender": advertisements.sender,
    "outweighs": advertisements.outweighs,
    "coupon": advertisements.coupon,
    "placeholder": placeholders.placeholder,
    "fallback": placeholders.fallback,
    "fake_reply": letters.fake_reply,
    "personal_data": links.personal_data,
    "links": links.links,
    "hidden": letters.hidden,
    "tags": letters.tags,
    "invisible": letters.invisible,
    "reason_and_alternative": letters.reason_and_alternative,
    "line_length": sizes.line_length,
    "sms": sizes.sms,
}
