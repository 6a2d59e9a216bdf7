"""The languages in which a page can be read: how to get from one to another, and how a form stays in the one chosen."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import current_app, g, request, url_for

from quality.core.words import HANT, LANGUAGES, TAGS, TONGUES, tongue_now
from quality.web import settings
from quality.web.language import is_public

NAMES = {"zh": "简体", HANT: "繁體", "en": "English"}  # each in itself
SAFE_IN_A_PATH = "!$&'()*+,/:;=@"  # RFC 3986, 3.3
NOT_FOR_SEARCH = {"reply", "told_link"}  # blueprints whose addresses are for one reader


class Spoken(NamedTuple):
    tag: str
    name: str
    address: str
    is_now: bool


def languages_here() -> list[Spoken]:
    """In public all three, the one of this page too; behind the sign-in the other of two."""
    now = tongue_now()
    if is_public(request.path):
        return [Spoken(TAGS[each], NAMES[each], same_page(lang=asked_by(each)), each == now) for each in TONGUES]
    names = NAMES | {"zh": "中文"}
    return [Spoken(TAGS[each], names[each], same_page(lang=each), False) for each in LANGUAGES if each != now]


def alternates() -> list[tuple[str, str]]:
    """For search engines: the language and the whole address of each that this page can be had in."""
    if request.endpoint is None or request.blueprint in NOT_FOR_SEARCH:
        return []
    base = settings().public_url
    found = [(TAGS[each], base + same_page(lang=asked_by(each))) for each in TONGUES]
    return [*found, ("x-default", base + same_page(lang=None))]


def asked_by(tongue: str) -> str | None:
    """How a public address asks for it: the default language stands at the plain one."""
    return None if tongue == current_app.config["BABEL_DEFAULT_LOCALE"] else tongue


def lang_asked() -> str | None:
    """The same of the language of this page: what links and forms carry on."""
    return asked_by(tongue_now())


def tag_now() -> str:
    return TAGS[tongue_now()]


def same_page(**changed: str | None) -> str:
    """This address in another language or look; None is what it has without asking."""
    if request.endpoint is None or request.method not in {"GET", "HEAD"}:
        whole: dict[str, Any] = {"lang": None, **changed}
        return url_for("public.home", **whole)
    if "same_page" not in g:  # a page names itself a dozen times
        kept = [(name, value) for name, value in request.args.items(multi=True) if name not in {"lang", "theme"}]
        g.same_page = quote(request.script_root + request.path, safe=SAFE_IN_A_PATH), urlencode(kept)
    here, query = g.same_page
    asked = urlencode([(name, value) for name, value in changed.items() if value is not None])
    query = f"{query}&{asked}" if query and asked else query or asked
    return f"{here}?{query}" if query else here
