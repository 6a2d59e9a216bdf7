"""How platforms act on notices, in figures, and how far what they report can be trusted: for an agency, and for the
platform that it is about, which reads the same of itself."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Blueprint, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock
from quality.core.db import db
from quality.core.words import Text, _
from quality.figures.rates import FEWEST
from quality.notices.models import Notice
from quality.notices.queries import visible_to
from quality.pages.book import XLSX, Lines, book_of
from quality.pages.figures_book import of_cards, of_signs
from quality.pages.forms.period import Typed, read_period
from quality.pages.scorecards import PlatformShown, card_shown, month, platform_shown, scale_of, sign_shown
from quality.people.access import me, needs
from quality.people.models import Organisation
from quality.permissions import Can
from quality.statistics.queries import History, history, one_platform, platforms_of, questions
from quality.statistics.rows import Told
from quality.statistics.scorecards import Scorecard, by_month, places, scorecard
from quality.statistics.suspicions import suspicions

platforms = Blueprint("platforms", __name__, url_prefix="/desk/platforms")
standing = Blueprint("standing", __name__, url_prefix="/desk/standing")


@platforms.get("/")
@needs(Can.PLATFORM_READ)
def listed() -> ResponseReturnValue:
    asked = read_period(request.args)
    found = found_in(asked, visible_to(me))
    rows = rows_of(found, platforms_of(db.session(), list(found.told)))
    return answered(asked, "desk/platforms.html", rows=rows, cut=found.cut, least=FEWEST)


@platforms.get("/figures.xlsx")
@needs(Can.PLATFORM_READ)
def book() -> ResponseReturnValue:
    asked, now = read_period(request.args), clock.now()
    if asked.problems:
        return redirect(f"{url_for('platforms.listed')}?{urlencode(asked.kept)}")
    found = found_in(asked, visible_to(me))
    houses = platforms_of(db.session(), list(found.told))
    rows = [(house.code, house.name, scorecard(found.told[house.id], now)) for house in houses]
    signs = [(house.code, each) for house in houses for each in suspicions(found.told[house.id])]
    return sent(asked, [(_("Platforms"), of_cards(rows)), (_("What stands out"), of_signs(signs))])


def sent(asked: Typed, tables: list[tuple[Text, Lines]], house: str = "") -> ResponseReturnValue:
    days = "-".join(filter(None, (house, f"{asked.period.first:%Y%m%d}", f"{asked.period.last:%Y%m%d}")))
    name = str(_("Platforms in figures %(days)s.xlsx", days=days))
    return make_response(send_file(io.BytesIO(book_of(tables)), XLSX, as_attachment=True, download_name=name))


def found_in(asked: Typed, seen: sa.Select[Notice]) -> History:
    """Nothing where the days make no sense."""
    return History({}, None) if asked.problems else history(db.session(), seen, asked.period)


def rows_of(found: History, houses: Sequence[Organisation]) -> list[PlatformShown]:
    now = clock.now()
    cards = {house.id: scorecard(found.told[house.id], now) for house in houses}
    rates = {key: card.at_first_look.of_known for key, card in cards.items()}
    ranked, scale = places(rates), scale_of(cards.values())
    return [
        platform_shown(
            house,
            card_shown(cards[house.id], scale),
            suspicions(found.told[house.id]),
            ranked.get(house.id),
            rates[house.id],
        )
        for house in houses
    ]


@platforms.get("/<platform>")
@needs(Can.PLATFORM_READ, once_found=True)
def one(platform: str) -> ResponseReturnValue:
    asked, house = read_period(request.args), one_platform(db.session(), me, platform)
    return of_one(asked, house, is_own=False)


@standing.get("/")
@needs(Can.STANDING_READ)
def own() -> ResponseReturnValue:
    assert me.organisation, "whoever works for a platform works somewhere"
    return of_one(read_period(request.args), me.organisation, is_own=True)


@platforms.get("/<platform>/figures.xlsx")
@needs(Can.PLATFORM_READ, once_found=True)
def book_of_one(platform: str) -> ResponseReturnValue:
    house = one_platform(db.session(), me, platform)
    return sent_of(house, url_for("platforms.one", platform=platform))


@standing.get("/figures.xlsx", endpoint="book")
@needs(Can.STANDING_READ)
def own_book() -> ResponseReturnValue:
    assert me.organisation, "whoever works for a platform works somewhere"
    return sent_of(me.organisation, url_for("standing.own"))


def sent_of(house: Organisation, page: str) -> ResponseReturnValue:
    """The whole period, each month, and the cases behind what stands out."""
    asked, now = read_period(request.args), clock.now()
    if asked.problems:
        return redirect(f"{page}?{urlencode(asked.kept)}")
    notices = found_in(asked, visible_to(me).where(Notice.platform_id == house.id)).told.get(house.id, [])
    rows: list[tuple[Text, Text, Scorecard]] = [(house.code, house.name, scorecard(notices, now))]
    rows += [(f"{first:%Y-%m}", "", scorecard(some, now)) for first, some in by_month(notices)]
    signs = [(house.code, each) for each in suspicions(notices)]
    return sent(asked, [(_("Figures"), of_cards(rows)), (_("What stands out"), of_signs(signs))], house.code)


def of_one(asked: Typed, house: Organisation, *, is_own: bool) -> ResponseReturnValue:
    seen, now = visible_to(me).where(Notice.platform_id == house.id), clock.now()
    told = found_in(asked, seen)
    notices: list[Told] = told.told.get(house.id, [])
    months = [(first, scorecard(some, now)) for first, some in by_month(notices)]
    whole, asked_about = scorecard(notices, now), questions(db.session(), seen, house.id)
    scale = scale_of([whole])
    scale_of_months = scale_of(card for _first, card in months)
    return answered(
        asked,
        "desk/platform.html",
        house=house,
        is_own=is_own,
        card=card_shown(whole, scale),
        months=[(month(first), card_shown(card, scale_of_months)) for first, card in months],
        signs=[sign_shown(each, asked_about.get(each.sign, ())) for each in suspicions(notices)],
        cut=told.cut,
        least=FEWEST,
    )


def answered(asked: Typed, template: str, **shown: Any) -> ResponseReturnValue:
    return make_response(render_template(template, asked=asked, **shown), 422 if asked.problems else 200)
