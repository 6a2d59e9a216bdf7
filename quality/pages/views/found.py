"""What anybody may read about a platform, a category or a producer, and the list of all draws."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.models import CampaignStatus
from quality.campaigns.queries import announced_after
from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import Text, _
from quality.pages.forms.search import place_at, written
from quality.pages.narrowing import NAMES, said
from quality.pages.profiles import ended_lines, takedown_lines
from quality.pages.published import in_a_table
from quality.people.access import public as open_to_all
from quality.publication.facets import KEY, producer_key
from quality.publication.listing import Place, newest_rows, platforms_named
from quality.publication.profiles import Profile, ended, listed, one_producer, profile
from quality.publication.search import Wanted
from quality.web import errors, settings

found = Blueprint("found", __name__)
A_PAGE, A_FEW, LONGEST = 50, 10, 100
TITLES: dict[str, Text] = {"platform": _("Platforms"), "category": _("Categories")}


@found.get("/platforms")
@open_to_all
def platforms() -> ResponseReturnValue:
    return every("platform")


@found.get("/categories")
@open_to_all
def categories() -> ResponseReturnValue:
    return every("category")


def every(of: str) -> ResponseReturnValue:
    after = request.args.get("after", "")
    if len(after) > LONGEST or not after.isprintable():
        raise Invalid(FieldProblem("after", "bad_cursor", _("Begin again at the first page")))
    lines, following = listed(db.session(), of, after=after, limit=A_PAGE)
    names = platforms_named(db.session(), [line.value for line in lines]) if of == "platform" else {}
    if errors.wants_problem():
        items = [line._asdict() | {"name": names.get(line.value, line.value)} for line in lines]
        return jsonify(items=items, next=following)
    return render_template(
        "public/found/list.html",
        of=of,
        title=TITLES[of],
        lines=[(line, names.get(line.value, line.value)) for line in lines],
        after=after,
        following=following,
        section="results",
    )


@found.get("/platforms/<platform>")
@open_to_all
def platform(platform: str) -> ResponseReturnValue:
    return about("platform", platform)


@found.get("/categories/<path:category>")
@open_to_all
def category(category: str) -> ResponseReturnValue:
    return about("category", category)


def about(of: str, name: str) -> ResponseReturnValue:
    its = profile(db.session(), of, name)
    if its is None:
        raise NotFound(name)
    title = platforms_named(db.session(), [name]).get(name, name) if of == "platform" else name
    campaigns = ended(db.session(), **{of: name})
    if errors.wants_problem():
        told = [
            {
                "campaign": each.counted.number,
                "kind": each.counted.kind,
                "bought": each.bought,
                "untested": each.untested,
                "tested": each.rate.of,
                "nonconforming": each.rate.hits,
            }
            for each in campaigns
        ]
        return jsonify({of: name, "name": title, **as_json(its), "closed_campaigns": told})
    other = "category" if of == "platform" else "platform"
    return render_template(
        "public/found/about.html",
        of=of,
        title=title,
        kind=NAMES[of],
        above=(TITLES[of], url_for("found.platforms" if of == "platform" else "found.categories")),
        campaigns=ended_lines(campaigns, settings().statistics_least),
        others=[(name_of, links(of, name, name_of, its)) for name_of in (other, "region")],
        facet_names=NAMES,
        producer=None,
        **shared(its, {of: name}),
    )


@found.get("/producers/<path:producer>")
@open_to_all
def of_producer(producer: str) -> ResponseReturnValue:
    """At its key; who writes the name itself is led there."""
    if not KEY.fullmatch(producer):
        key = producer_key(producer)
        if not key or one_producer(db.session(), key) is None:
            raise NotFound(producer)
        return redirect(url_for("found.of_producer", producer=key), 303)
    its = one_producer(db.session(), producer)
    if its is None:
        raise NotFound(producer)
    if errors.wants_problem():
        more = {"names": its.names, "addresses": its.addresses, "denied": its.denied, "is_cut": its.is_cut}
        return jsonify({"producer": producer, **more, **as_json(its.profile)})
    return render_template(
        "public/found/about.html",
        of="producer",
        title=its.names[0] if its.names else producer,
        kind=NAMES["producer"],
        above=None,
        campaigns=[],
        others=[],
        facet_names=NAMES,
        producer=its,
        **shared(its.profile, {"producer": producer}),
    )


def shared(its: Profile, asked: dict[str, Any]) -> dict[str, Any]:
    """What all three show alike."""
    return {
        "profile": its,
        "states": takedown_lines(its),
        "asked": asked,
        "results": in_a_table(newest_rows(db.session(), A_FEW, Wanted(**asked))),
        "section": "results",
    }


def links(of: str, name: str, by: str, its: Profile) -> list[tuple[str, Text, int]]:
    """The commonest values of another filter: the address, the word, how many results."""
    counted = sorted(its.others.get(by, {}).items(), key=lambda each: (-each[1], each[0]))[:A_FEW]
    platforms = platforms_named(db.session(), [value for value, _many in counted]) if by == "platform" else {}
    return [(address_of_results({of: name, by: value}), said(by, value, platforms), many) for value, many in counted]


def address_of_results(asked: dict[str, Any]) -> str:
    return url_for("public.results", **asked)


def as_json(its: Profile) -> dict[str, Any]:
    by_kind = {kind: {"tested": of, "nonconforming": bad} for kind, (bad, of) in its.by_kind.items()}
    return {"tested": its.tested, "nonconforming": its.nonconforming, "by_kind": by_kind, "takedown": its.states}


@found.get("/draws.json")
@found.get("/draws")
@open_to_all
def draws() -> ResponseReturnValue:
    """Every campaign from its freezing on, the last one frozen first."""
    after: Place | None = None
    if cursor := request.args.get("cursor"):
        after = place_at(cursor)
        if after is None:
            raise Invalid(FieldProblem("cursor", "bad_cursor", _("Begin again at the first page")))
    campaigns = announced_after(db.session(), after, A_PAGE + 1)
    shown, last = campaigns[:A_PAGE], campaigns[A_PAGE - 1] if len(campaigns) > A_PAGE else None
    following = written(Place(last.frozen_at, last.id)) if last and last.frozen_at else None
    if errors.wants_problem():
        items = [
            {
                "number": each.number,
                "frozen_at": rfc3339(each.frozen_at) if each.frozen_at else None,
                "drawn_at": rfc3339(each.drawn_at) if each.drawn_at else None,
                "closed": each.status == CampaignStatus.CLOSED,
                "draw": url_for("public.draw", number=each.number),
            }
            for each in shown
        ]
        return jsonify(items=items, next=following)
    return render_template(
        "public/found/draws.html",
        campaigns=[(each, each.title if each.status == CampaignStatus.CLOSED else "") for each in shown],
        begun=after is not None,
        following=following,
        section="draws",
    )
