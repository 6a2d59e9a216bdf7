"""Pages as far as somebody who clicks at random needs them: their links, and their forms with what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Field:
    name: str
    kind: str  # an input's type, "select" or "textarea"
    value: str = ""
    choices: list[str] = field(default_factory=list)  # of a select; of radio buttons and boxes of one name
    many: bool = False


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)  # names and values of those that send something


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        elif tag == "form":
            self._form = Form(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in told:
            self._in_a_form(tag, told, self._form)

    def _in_a_form(self, tag: str, told: dict[str, str], form: Form) -> None:
        name = told.get("name", "")
        match tag:
            case "input" if told.get("type", "text") in {"radio", "checkbox"}:
                box = form.fields.setdefault(name, Field(name, told["type"]))
                box.choices.append(told.get("value", "on"))
            case "input" if name:
                form.fields[name] = Field(name, told.get("type", "text"), told.get("value", ""))
            case "select" if name:
                self._select = form.fields[name] = Field(name, "select", many="multiple" in told)
            case "option" if self._select is not None and told.get("value"):
                self._select.choices.append(told["value"])
                if "selected" in told:
                    self._select.value = told["value"]
            case "textarea" if name:
                self._area = form.fields[name] = Field(name, "textarea")
            case "button" if name:
                form.buttons.append((name, told.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data


def read(text: str) -> Reader:
    page = Reader()
    page.feed(text)
    return page
