"""What a public page says of itself to those who only point at it: search engines, and whoever shares its address.

Its address is the one without a search and without a page of a list, in its language. Nothing is said of a page that is
not the same for everybody, or that says that something is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import request
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from quality.core.words import HANT, TAGS, TONGUES, tongue_now
from quality.pages.cards import can_be_drawn
from quality.pages.languages import SAFE_IN_A_PATH, asked_by
from quality.web import settings

LOCALES = {"zh": "zh_CN", HANT: "zh_HK", "en": "en_GB"}  # as the Open Graph protocol writes them
written = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


# Blueprints whose pages are found and shared. The others are for one reader, or hold while they are read
SHARED = {"public", "found", "open_data", "taken", "proof", "calculator", "tour"}


class Here(NamedTuple):
    address: str  # whole
    locale: str
    has_picture: bool


def page_here(path: str = "") -> Here | None:
    """This page, or the one at `path`, which has no language in it; None where nobody is to be led here."""
    if request.blueprint not in SHARED:
        return None
    path = path or quote(request.script_root + request.path, safe=SAFE_IN_A_PATH)
    return Here(whole(path), LOCALES[tongue_now()], can_be_drawn())


def whole(path: str, tongue: str = "") -> str:
    """A path of ours as others write it, in this language or in another."""
    asked = asked_by(tongue or tongue_now())
    return f"{settings().public_url}{path}{f'?lang={asked}' if asked else ''}"


def in_each_language(path: str) -> list[tuple[str, str]]:
    return [(TAGS[each], whole(path, each)) for each in TONGUES]


def as_data(said: Mapping[str, Any]) -> Markup:
    """JSON within a page: no `</script>` and no entity can stand in it, whatever a product is called."""
    return htmlsafe_json_dumps(said, dumps=written)
