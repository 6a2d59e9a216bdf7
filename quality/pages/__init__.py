"""Pages that stand for no single step: signing in, the dossier of a case, what is public."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from flask import g, request, url_for
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from quality.campaigns.strata import called_in_plan, edges_called, ordered_in_plan, stratum_called
from quality.core.words import Text, _, in_script, tongue_now
from quality.pages import border, freshness, keeping, moments
from quality.pages.freshness import alike_now
from quality.pages.guide import SECTIONS
from quality.pages.judging import TAKEDOWNS, TONES, overtaken
from quality.pages.languages import alternates, lang_asked, languages_here, same_page, tag_now
from quality.pages.sharing import as_data, page_here, whole
from quality.pages.views import exports, refusals  # noqa: F401 - the first adds to `public`
from quality.pages.views.accessible import accessibility as _accessibility  # its routes are of `public`  # noqa: F401
from quality.pages.views.account import account
from quality.pages.views.app_files import app_files
from quality.pages.views.calculator import calculator
from quality.pages.views.capsule_page import capsule_page
from quality.pages.views.feeds import feed, own_feed
from quality.pages.views.found import found
from quality.pages.views.guide import guide as _guide  # of `public` too  # noqa: F401
from quality.pages.views.health import health
from quality.pages.views.keys import own_keys
from quality.pages.views.opendata import open_data
from quality.pages.views.pictures import picture as _picture  # of `public` too  # noqa: F401
from quality.pages.views.proof import proof
from quality.pages.views.public import public
from quality.pages.views.signing_in import door
from quality.pages.views.sitemap import sitemap as _sitemap  # of `public` too  # noqa: F401
from quality.pages.views.statistics import statistics as _statistics  # its routes are of `public`  # noqa: F401
from quality.pages.views.subscribing import subscribe, subscription
from quality.pages.views.taken import taken_results
from quality.pages.views.verify import verify
from quality.pages.words import word
from quality.people import lockout, security
from quality.people.kept import carried_form
from quality.people.lockout import Try
from quality.people.security import memberships
from quality.publication.facets import producer_key
from quality.publication.wording import blocks_of
from quality.web import sessions, settings
from quality.web.language import is_public

if TYPE_CHECKING:
    from quality.pages.menu import Entry
    from quality.people.actor import Actor
    from quality.web.transactions import TransactionalFlask

SAID_OF_TIME = (  # by pages/moments.py, in templates
    "day", "full_day", "gap", "language_now", "last_day", "machine", "moment", "short_hash", "time_of_day",
    "this_moment", "today_in_words", "yuan",
)  # fmt: skip
IN_PUBLIC = ("public.", "found.", "verify.", "proof.", "capsule_page.", "open_data.", "tour.")  # what the desk leads to


def init_app(app: TransactionalFlask) -> None:
    """Bring every page into the program."""
    with app.app_context():
        told = settings()
    sessions.init_app(app, told)
    security.init_app(app, told)
    Bootstrap5(app)
    for blueprint in (
        public,
        found,
        taken_results,
        calculator,
        verify,
        proof,
        capsule_page,
        open_data,
        subscribe,
        subscription,
        health,
        app_files,
        door,
        account,
        own_keys,
        own_feed,
        feed,
    ):
        app.register_blueprint(blueprint)
    app.when_asked("/desk", fetch_the_desk)
    app.when_asked("/reply", fetch_the_reply)
    app.when_asked("/field", fetch_the_field)
    refusals.init_app(app)
    app.context_processor(about_the_reader)
    app.url_defaults(stay_in_the_language)
    freshness.init_app(app)
    border.init_app(app)
    keeping.init_app(app)
    for name in SAID_OF_TIME:
        app.add_template_global(getattr(moments, name), name)
    app.jinja_env.globals["guide_sections"] = SECTIONS
    app.jinja_env.globals |= {"takedown_tones": TAKEDOWNS, "url_for": url_in_pages, "verdict_tones": TONES}
    app.add_template_global(called_in_plan, "stratum_called_in_plan")
    app.add_template_global(whole, "whole_address")
    app.add_template_global(ordered_in_plan, "strata_in_plan")
    app.add_template_global(overtaken, "rows_as_they_stand")  # for papers, which draw results as pages do
    for function in (
        address_of, alike_in_public, alike_now, alternates, as_data, blocks_of, carried_form, edges_called, in_script,
        lang_asked, languages_here, page_here, producer_key, same_page, stratum_called, tag_now, theme_now, tries,
        weekdays, word,
    ):  # fmt: skip
        app.add_template_global(function)


def fetch_the_desk(app: TransactionalFlask) -> None:
    from quality.pages import doors  # noqa: PLC0415 - whoever waits for the first page of all waits for none of these

    doors.init_app(app)


def fetch_the_reply(app: TransactionalFlask) -> None:
    from quality.pages.views import replying, told_link  # noqa: PLC0415 - as those

    app.register_blueprint(replying.blueprint)
    app.register_blueprint(told_link.told_link)


def fetch_the_field(app: TransactionalFlask) -> None:
    from quality.pages.views import phones  # noqa: PLC0415 - as those

    app.register_blueprint(phones.phones)


def about_the_reader() -> dict[str, Any]:
    """Who reads, and what they find in their menu."""
    actor, person = g.get("actor"), g.get("person")
    is_kept = keeping.is_to_keep()
    return {
        "actor": actor,
        "person": None if is_kept else person,
        "menu": menu_for(actor) if actor else (),
        "several": person is not None and len(memberships(person)) > 1,
        "csrf_token": no_token if is_kept else generate_csrf,
    }


def no_token() -> str:
    """In a page that a telephone keeps: what is sent from it goes by the queue, or comes back to be sent once more."""
    return ""


def menu_for(actor: Actor) -> tuple[Entry, ...]:
    from quality.pages.menu import menu_of  # noqa: PLC0415 - of the desk, as all that a menu names

    return menu_of(actor.role, moments.language_now())


@cache
def address_of(endpoint: str, filename: str | None = None) -> str:
    """Where something stands that is in the same place for everybody: a file of ours, a page behind the sign-in."""
    return url_for(endpoint, filename=filename)


def stay_in_the_language(endpoint: str, values: dict[str, Any]) -> None:
    """A public page keeps no cookie: its language goes on in its links, and comes along from behind the sign-in."""
    if not request or endpoint.endswith("static"):
        return
    goes_on = "lang" in request.args if is_public(request.path) else endpoint.startswith(IN_PUBLIC)
    if goes_on and (asked := lang_asked()):
        values.setdefault("lang", asked)


def url_in_pages(endpoint: str, **values: Any) -> str:
    """`url_for` in templates. A public page names the same thirty addresses each time, and they are where they were."""
    if not request or endpoint.startswith(".") or "_external" in values or not is_public(request.path):
        return url_for(endpoint, **values)
    try:
        language = lang_asked() if "lang" in request.args else None
        return url_known(request.script_root, language, endpoint, tuple(values.items()))
    except TypeError:  # a value that cannot be looked up by
        return url_for(endpoint, **values)


@lru_cache(4096)
def url_known(_under: str, _language: str | None, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    """In a request of a public page only: what it depends on besides is what it is known by."""
    return url_for(endpoint, **dict(values))


FRAMES: dict[tuple[str, ...], Markup] = {}


def alike_in_public(*name: str, caller: Callable[[], Markup]) -> Markup:
    """A part of a page that is the same on all public pages of a language, for `{% call %}`: made once."""
    if not is_public(request.path):
        return caller()
    asked = "lang" if "lang" in request.args else ""
    known_by = (*name, tongue_now(), asked, request.script_root)
    if known_by not in FRAMES:
        FRAMES[known_by] = caller()
    return FRAMES[known_by]


def theme_now() -> str | None:
    kept: str | None = g.get("theme")
    return kept


def tries(tried: Try | None) -> Text:
    """What is left after one in vain. The same whether or not there is such an account."""
    if tried is None or tried.until:
        return ""
    minutes = lockout.WAITS[0].seconds // 60
    return _("%(left)s more tries, then this account waits for %(minutes)s minutes", left=tried.left, minutes=minutes)


def weekdays() -> list[str]:
    return list("一二三四五六日") if moments.language_now() == "zh" else ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
