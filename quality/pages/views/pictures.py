"""The picture of a page, for whoever shares its address.

Drawing one costs as much as making some pages. So only of what is public one is drawn, at one address in each language;
one at a time; not more than some a minute for whoever asks; and as long as its words stay the same, once.
"""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.queries import announced
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import TONGUES
from quality.pages.cards import Card, can_be_drawn, drawn
from quality.pages.pictured import card_of_all, card_of_campaign, card_of_result
from quality.pages.views.public import gone, public
from quality.people.access import public as open_to_all
from quality.publication.figures import counted_of
from quality.publication.queries import Gone, one_public
from quality.web import settings
from quality.web.pace import let_in

A_MINUTE = 60


@public.get("/share.png")
@open_to_all
def picture() -> ResponseReturnValue:
    return at_its_address() or as_png(card_of_all())


@public.get("/results/<number>.png")
@open_to_all
def picture_of_result(number: str) -> ResponseReturnValue:
    found = one_public(db.session(), number)
    if isinstance(found, Gone):
        return gone(found)
    return at_its_address(number=number) or as_png(card_of_result(found))


@public.get("/campaigns/<number>.png")
@open_to_all
def picture_of_campaign(number: str) -> ResponseReturnValue:
    campaign = announced(db.session(), number)
    least = settings().statistics_least
    return at_its_address(number=number) or as_png(card_of_campaign(campaign, counted_of(db.session(), number), least))


def at_its_address(**values: str) -> ResponseReturnValue | None:
    """Elsewhere, if something was asked for beside the language: or each spelling would be another picture."""
    language = request.args.get("lang")
    known = language if language in TONGUES else None
    if request.args.to_dict(flat=False) == ({"lang": [known]} if known else {}):
        return None
    asked: dict[str, Any] = {**values, "lang": known}
    return redirect(url_for(str(request.endpoint), **asked), 301)


def as_png(card: Card) -> Response:
    let_in("pictures", A_MINUTE)
    if not can_be_drawn():
        raise NotFound("picture")
    return Response(drawn(card), mimetype="image/png")
