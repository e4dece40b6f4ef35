"""Pages as a browser without JavaScript sees them: text, and forms with the fields that they would send."""

from html.parser import HTMLParser
from typing import Any

_FIELDS = frozenset({"input", "textarea"})


class Form:
    """What is sent to one address: a form, or a button that sends the form it belongs to elsewhere."""

    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.id = attributes.get("id")
        self.action = attributes.get("action") or ""
        self.method = attributes.get("method") or "get"
        self.fields: dict[str, str] = {}
        self.described: dict[str, dict[str, str | None]] = {}
        self.buttons: list[str] = []


class Page(HTMLParser):
    """One parsed answer. text is what people read, forms what they can send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.labels: dict[str, str] = {}
        self.ids: list[str] = []
        self._said: list[str] = []
        self._inside: Form | None = None
        self._outer: Form | None = None
        self._textarea = ""
        self._button: list[str] | None = None
        self._named = ""
        self._label = ""
        self.feed(html)
        self.text = " ".join(" ".join(self._said).split())

    def form(self, action: str) -> Form:
        """The form that is sent to this address."""
        found = [form for form in self.forms if form.action == action and form.method == "post"]
        assert found, f"no form to {action} among {[form.action for form in self.forms]}"
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))
        if tag == "form":
            self._inside = Form(attributes)
            self.forms.append(self._inside)
        elif tag in _FIELDS and self._inside is not None and attributes.get("name"):
            name = str(attributes["name"])
            if attributes.get("type") != "radio" or "checked" in attributes:
                self._inside.fields[name] = attributes.get("value") or ""
            self._inside.described[name] = attributes
            self._textarea = name if tag == "textarea" else ""
        elif tag == "button":
            self._button, self._named = [], attributes.get("aria-label") or ""
            self._outer = self._inside
        elif tag == "label":
            self._label = str(attributes.get("for"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        elif tag == "textarea":
            if self._inside is not None and self._textarea:
                typed = self._inside.fields[self._textarea]
                self._inside.fields[self._textarea] = typed.removeprefix("\r\n").removeprefix("\n")
            self._textarea = ""
        elif tag == "button" and self._button is not None:
            if self._inside is not None:
                self._inside.buttons.append(self._named or " ".join("".join(self._button).split()))
            self._button, self._inside = None, self._outer
        elif tag == "label":
            self._label = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._inside is not None:
            self._inside.fields[self._textarea] += data
            return
        if self._label:
            self.labels[self._label] = self.labels.get(self._label, "") + data
        if self._button is not None:
            self._button.append(data)
        self._said.append(data)


def page(response: Any) -> Page:
    return Page(response.get_data(as_text=True))
