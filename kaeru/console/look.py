"""Settings → Look: the shop's logo and colours on its customers' pages and mails, with the page beside it, by day and at night."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.core.colours import code, contrast
from kaeru.core.headers import POLICY
from kaeru.tenants import actions, looks
from kaeru.tenants.brand import brand_css, shades
from kaeru.tenants.pictures import MOST_BYTES, PictureRefused

REFUSED = {
    "too_large": gettext_lazy("The picture is larger than 200 KB."),
    "kind": gettext_lazy("Please choose a PNG, JPEG or WebP picture. SVG and moving pictures are not taken."),
    "broken": gettext_lazy("The picture cannot be read. Please save it again and try once more."),
    "size": gettext_lazy("Each side of the picture must have 16 to 2000 pixels."),
}
SCHEMES = ("light", "dark")
FRAME_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'").replace(
    "script-src 'self'", "script-src 'none'"
)


class LookForm(forms.Form):
    """Two colours and a picture."""

    color = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label=gettext_lazy("Colour of the shop"),
        help_text=gettext_lazy("For buttons, links and marks. Text stays readable whatever you choose."),
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    paper = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label=gettext_lazy("Colour of the page"),
        help_text=gettext_lazy(
            "Behind the text. It is shown lighter where text would not be readable; at night the page is dark."
        ),
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy(
            "PNG, JPEG or WebP, up to 200 KB. Shown at the head of the pages; in mails, PNG and JPEG only."
        ),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


def _context(visit: Visit, form: LookForm) -> dict[str, Any]:
    mine = shop_of(visit)
    cleaned = form.cleaned_data if form.is_bound and form.is_valid() else {}
    color, paper = cleaned.get("color", mine.color), cleaned.get("paper", mine.paper)
    shown = shades(color, paper)
    preview = reverse("console:look_preview") + "?"
    asked = {"shop": mine.slug, "color": color, "paper": paper}
    return {
        "form": form,
        "mine": mine,
        "logo": looks.logo_path(mine),
        "frames": {scheme: preview + urlencode({**asked, "scheme": scheme}) for scheme in SCHEMES},
        "is_tried": (color, paper) != (mine.color, mine.paper),
        "contrasts": [
            (_("Text on a button"), contrast(shown.on_brand, shown.brand), ""),
            (_("Links by day"), contrast(shown.text[0], shown.paper[0]), _changed(shown.text[0], shown.brand)),
            (_("Links at night"), contrast(shown.text[1], shown.paper[1]), _changed(shown.text[1], shown.brand)),
            (
                _("Text by day"),
                contrast((0x23, 0x26, 0x1F), shown.paper[0]),
                code(shown.paper[0]) if code(shown.paper[0]) != paper.lower() else "",
            ),
        ],
    }


def _changed(shade: tuple[int, int, int], chosen: tuple[int, int, int]) -> str:
    return code(shade) if shade != chosen else ""


@page("edit_shop", "GET", "POST")
def look(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Logo and colours. `do=look` only shows what would be, `do=remove` takes the logo away."""
    mine = shop_of(visit)
    if request.method != "POST":
        form = LookForm(initial={"color": mine.color, "paper": mine.paper})
        return show(request, visit, "console/look.html", "settings", _context(visit, form))
    if request.POST.get("do") == "remove":
        if looks.remove_logo(mine, actor=visit.actor):
            messages.success(request, _("The logo is removed. The name of the shop is shown alone."))
        return back_to("look", visit)
    form = LookForm(request.POST, request.FILES)
    is_tried = request.POST.get("do") == "look"
    if not form.is_valid() or is_tried or not _save(visit, form):
        status = 200 if is_tried and not form.errors else 422
        return show(request, visit, "console/look.html", "settings", _context(visit, form), status=status)
    messages.success(request, _("Saved."))
    return back_to("look", visit)


def _save(visit: Visit, form: LookForm) -> bool:
    """Keep the colours and the picture; False when the picture is refused, and then nothing is kept."""
    mine, picture = shop_of(visit), form.cleaned_data["logo"]
    if picture is not None:
        try:
            if picture.size > MOST_BYTES:
                raise PictureRefused("too_large")
            looks.set_logo(mine, picture.read(), actor=visit.actor)
        except PictureRefused as refused:
            form.add_error("logo", str(REFUSED[refused.code]))
            return False
    colours = {name: form.cleaned_data[name].lower() for name in ("color", "paper")}
    actions.change_shop(mine, colours, actor=visit.actor)
    return True


def _asked(request: HttpRequest, visit: Visit) -> tuple[str, str, str]:
    """Colours and scheme of a preview; 404 for what is none."""
    mine = shop_of(visit)
    known = {"color": mine.color, "paper": mine.paper, "logo": ""}
    form = LookForm({name: request.GET.get(name, value) for name, value in known.items()})
    scheme = request.GET.get("scheme", "light")
    if not form.is_valid() or scheme not in SCHEMES:
        raise Http404
    return form.cleaned_data["color"], form.cleaned_data["paper"], scheme


@page("edit_shop")
def preview(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The customers' page in these colours, for the frame."""
    color, paper, scheme = _asked(request, visit)
    asked = {"shop": shop_of(visit).slug, "color": color, "paper": paper, "scheme": scheme}
    context = {"shop": shop_of(visit), "style": reverse("console:look_style") + "?" + urlencode(asked)}
    response = show(request, visit, "console/look_preview.html", "settings", context)
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@page("edit_shop")
def style(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The colours of the preview."""
    color, paper, scheme = _asked(request, visit)
    css = brand_css(color, paper) + f":root{{color-scheme:{scheme}}}\n"
    return HttpResponse(css, content_type="text/css; charset=utf-8")
