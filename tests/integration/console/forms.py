"""What a browser would send: the fields of a drawn page, as a form posts them when nothing was touched."""

from html.parser import HTMLParser


class Form(HTMLParser):
    """Collects the successful controls of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self.buttons: list[str] = []
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name") or ""
        if tag == "input" and (has.get("type") != "checkbox" or "checked" in has):
            self.data[name] = has.get("value") or ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in has or self._select not in self.data):
            self.data[self._select] = has.get("value") or ""
        elif tag == "button":
            self.buttons.append(has.get("value") or "")
