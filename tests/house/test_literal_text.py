"""What a page says is said in two languages: no template holds words that do not go through `_`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import jinja2
import pytest
from jinja2 import nodes

from quality.core.surroundings import CHECKOUT

TEMPLATES = CHECKOUT / "templates"
SAID = {"title", "aria-label", "aria-description", "aria-roledescription", "placeholder", "alt", "label", "data-label"}
A_VALUE = "\x01"  # stands where a template fills something in
CHINESE = re.compile(r"[\u3400-\u9fff]")
WORDS = re.compile(r"[^\W\d_]{2,}|[\u3400-\u9fff]")
ATTRIBUTES = re.compile(r'[\w-]+="')

# Words that are the same in both languages, each with its reason.
THE_SAME: dict[str, set[str]] = {
    "api/docs.html": {  # what is sent, letter by letter
        "Authorization: Bearer KEY",
        "Accept-Language: zh",
        "en",
        "Idempotency-Key",
        "application/problem+json",
        "openapi.json",
    },
    "desk/draw.html": {"frame.csv", "design.json"},  # names of files
    "desk/drawn.html": {"frame.csv", "design.json"},
    "public/draw.html": {"frame.csv", "design.json"},
    "public/capsules.html": {"verify.html", "mingcha capsule verify FILE --key FINGERPRINT"},  # a file, a command
    "public/verify.html": {"sha256"},  # name of a method
    "desk/notice.html": {"签发"},  # what is cut in a seal: part of the look (LOOK.md), its meaning stands beside it
    "desk/result.html": {"公布"},
    "desk/correction.html": {"责令"},
    "desk/transfer.html": {"移送"},
    "public/copy/verdict.html": {"公布"},
    "tour/walk.html": {"make run"},  # a command
}


def test_every_word_of_a_template_is_said_in_both_languages() -> None:
    found = {
        (name, text)
        for path in TEMPLATES.rglob("*.html")
        for name in [path.relative_to(TEMPLATES).as_posix()]
        for text in literals(path.read_text(encoding="utf-8"))
    }
    known = {(name, text) for name, texts in THE_SAME.items() for text in texts}
    assert found - known == set()
    assert known - found == set(), "these stand there no more"


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>{{ _('Sign in') }}</p>", []),
        ("<p>Sign in</p>", ["Sign in"]),
        ("<p>{{ count }} 件</p>", ["件"]),
        ('<img alt="A sample" src="x">', ["A sample"]),
        ('<input placeholder="{{ _("Price") }}">', []),
        ('<a title="{% if open %}Open{% else %}{{ _("Shut") }}{% endif %}">1</a>', ["Open"]),
        ("{# a remark #}<script>let a = 'b';</script>", []),
        ("{% block page_class %} narrow{% endblock %}", []),
        ("{% block main %}Hello{% endblock %}", ["Hello"]),
        ('{% set said %} aria-invalid="true"{% endset %}<p{{ said }}></p>', []),
        ("{% macro m() %}<b>Total</b>{% endmacro %}", ["Total"]),
        ("{{ '是' if it else _('no') }}", ["是"]),
        ("{{ _('a %(b)s', b='丙') }}", ["丙"]),
        ("<p>{{ n }}&nbsp;%</p>", []),
    ],
)
def test_what_is_not_said_in_both_languages_is_found(template: str, found: list[str]) -> None:
    assert sorted(literals(template)) == found


def literals(source: str) -> set[str]:
    tree = jinja2.Environment(autoescape=True).parse(source)
    return {text for piece in pieces(tree) for text in written(piece)} | set(chinese_in_expressions(tree))


def pieces(tree: nodes.Template) -> Iterator[str]:
    """The markup of the template, and of each part of it that stands elsewhere once it is drawn."""
    apart: list[nodes.Node] = []
    yield "".join(markup(tree, apart))
    while apart:
        yield "".join(text for child in apart.pop().iter_child_nodes() for text in markup(child, apart))


def markup(node: nodes.Node, apart: list[nodes.Node]) -> Iterator[str]:
    if isinstance(node, nodes.Block | nodes.AssignBlock | nodes.Macro | nodes.CallBlock):
        if not (isinstance(node, nodes.Block) and node.name.endswith("_class")):  # that is put into a class=""
            apart.append(node)
    elif isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Expr):
        yield A_VALUE
    else:
        for child in node.iter_child_nodes():
            if not (isinstance(child, nodes.Expr) and not isinstance(node, nodes.Output)):  # a condition is not shown
                yield from markup(child, apart)


def written(piece: str) -> list[str]:
    if "<" not in piece and ATTRIBUTES.search(piece):
        piece = f"<p {piece}>"
    reader = Reader()
    reader.feed(piece)
    reader.close()
    return [said for text in reader.texts if WORDS.search(said := " ".join(text.replace(A_VALUE, " ").split()))]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_code = tag in {"script", "style"}
        self.texts += [value for name, value in attrs if name in SAID and value]

    def handle_endtag(self, _tag: str) -> None:
        self.is_code = False

    def handle_data(self, data: str) -> None:
        self.texts += [] if self.is_code else [data]


def chinese_in_expressions(node: nodes.Node) -> Iterator[str]:
    """A word between `{{` and `}}`. What `_` is asked for is English, and may quote some."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and CHINESE.search(node.value):
        yield node.value
    is_asked_for = isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "_"
    for child in node.iter_child_nodes(exclude=("args",) if is_asked_for else None):
        yield from chinese_in_expressions(child)
