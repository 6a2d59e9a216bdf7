"""What anybody may read: the first page, results as frozen copies, announcements, and draws to be repeated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus, Drawn
from quality.campaigns.queries import announced, newest_announced, numbers_announced, units_of
from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import _
from quality.documents.models import DocumentKind, Language
from quality.documents.queries import latest_of
from quality.documents.readers import Reader
from quality.pages.announcing import sealed_in_each, words_now
from quality.pages.as_read import drawn_from
from quality.pages.draws import (
    chance_in_words,
    command,
    design_json,
    frame_csv,
    order_in_words,
    public_page_of_units,
    python_program,
    sql_program,
)
from quality.pages.exclusions import left_out_of
from quality.pages.forms.search import read_search
from quality.pages.forms.search import written as place_written
from quality.pages.freshness import alike
from quality.pages.linked import of_campaign, of_list, of_result
from quality.pages.moments import language_now
from quality.pages.narrowing import NAMES, asked_by_many, limits, many_said, nothing_left, offer
from quality.pages.published import in_a_table
from quality.pages.sealed import as_file
from quality.people.access import public as open_to_all
from quality.publication.facets import WHOLE
from quality.publication.finding import ways
from quality.publication.listing import newest_rows, public_results, public_rows
from quality.publication.models import Reply, Result, Statement
from quality.publication.profiles import profile_of
from quality.publication.queries import Gone, one_of, public_editions
from quality.publication.replies import as_public, shown_beside
from quality.publication.search import Wanted
from quality.publication.statements import newest_of
from quality.publication.tally import commonest, counts
from quality.web import errors, settings

public = Blueprint("public", __name__)
A_FEW, A_PAGE, CAMPAIGNS = 5, 50, 30


# --- results ---


@public.get("/")
@open_to_all
def home() -> ResponseReturnValue:
    announced_lately = newest_announced(db.session(), A_FEW)
    return render_template(
        "public/home.html",
        results=in_a_table(newest_rows(db.session(), A_FEW)),
        whole=profile_of(counts(db.session(), *WHOLE)),
        campaigns=[(each, each.title if is_closed(each) else each.number) for each in announced_lately],
        categories=commonest(db.session(), "category", A_FEW),
    )


@public.get("/results.json")
@public.get("/results")
@open_to_all
def results() -> ResponseReturnValue:
    search = read_search(request.args)
    if errors.wants_problem():
        if search.problems:
            raise Invalid(*search.problems)
        found = public_results(db.session(), search.wanted, after=search.after, limit=A_PAGE)
        return jsonify(items=all_as_json(found.results), next=place_written(found.next) if found.next else None)
    along = [] if search.problems else ways(db.session(), search.wanted)
    offered = offer(db.session(), search._replace(wanted=Wanted()) if search.problems else search, along)
    is_empty = not search.problems and offered.many == 0
    shown, following = public_rows(db.session(), [] if is_empty else along, after=search.after, limit=A_PAGE)
    limited = limits(db.session(), search)
    page = render_template(
        "public/results.html",
        search=search,
        limits=limited,
        offer=offered,
        asked_by_many=asked_by_many(db.session(), search) if shown else None,
        many_said=many_said,
        facet_names=NAMES,
        nothing=nothing_left(db.session(), search) if is_empty and limited else None,
        campaigns=alike("announced", lambda: numbers_announced(db.session(), CAMPAIGNS)),
        results=in_a_table(shown),
        following=place_written(following) if following else None,
        linked=None if search.problems else of_list(_("Results"), [each.number for each in shown]),
        section="results",
    )
    return page, 422 if search.problems else 200


@public.get("/results/<number>/v<int:edition>.json", endpoint="result_as_json")
@public.get("/results/<number>.json", endpoint="result_as_json")
@public.get("/results/<number>/v<int:edition>")
@public.get("/results/<number>")
@open_to_all
def result(number: str, edition: int | None = None) -> ResponseReturnValue:
    editions = public_editions(db.session(), number)
    found = one_of(editions, number, edition)
    if isinstance(found, Gone):
        return gone(found)
    if errors.wants_problem():
        return jsonify(all_as_json([found])[0])
    return render_template(
        "public/result.html", **drawn_from(db.session(), found, editions), linked=of_result(found, editions)
    )


def gone(found: Gone) -> ResponseReturnValue:
    """410: what was here, since when it is not, and why."""
    if errors.wants_problem():
        about = {"number": found.number, "edition": found.edition, f"{found.status}_at": rfc3339(found.ended_at)}
        return errors.answer(410, found.status.value, found.reason, **about)
    editions = public_editions(db.session(), found.number)
    return render_template("public/gone.html", gone=found, editions=editions, section="results"), 410


def all_as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    said, replies = newest_of(db.session(), results), shown_beside(db.session(), results)
    return [as_json(each, said.get(each.id), replies.get(each.finding_id, ())) for each in results]


def as_json(result: Result, said: Statement | None, replies: Sequence[Reply]) -> dict[str, Any]:
    """The copy stands by itself, so that its sha256 can be repeated; and so does what was stated since, or replied."""
    return {
        "number": result.number,
        "edition": result.edition,
        "status": result.status,
        "published_at": written(result.published_at),
        "address": settings().public_url + url_for("public.result", number=result.number),
        "copy_sha256": result.copy_sha256,
        "copy": result.copy,
        "takedown_since": said and {"says": said.says, "sha256": said.sha256, "stated_at": rfc3339(said.stated_at)},
        "replies": [
            {"says": as_public(each), "sha256": each.sha256, "late": each.is_late, "shown_at": written(each.decided_at)}
            for each in replies
        ],
    }


# --- campaigns and draws ---


@public.get("/campaigns/<number>.json")
@public.get("/campaigns/<number>")
@open_to_all
def campaign(number: str) -> ResponseReturnValue:
    """Before closing, no more than what proves that the draw was fair: who reads of a purchase could be the seller."""
    found = announced(db.session(), number)
    if errors.wants_problem():
        text = words_now(db.session(), found) if is_closed(found) else None
        return jsonify(facts_of(found) | closed_facts(found) | ({"text": text} if text else {}))
    drawn = campaign_page(db.session(), found)
    linked = of_campaign(found, drawn["sealed"]) if is_closed(found) else None
    return render_template("public/campaign.html", **drawn, linked=linked)


def campaign_page(session: Session, found: Campaign) -> dict[str, Any]:
    """What the page of an announcement draws, for anybody or before its words are public."""
    return {
        "campaign": found,
        "facts": facts_of(found),
        "closed": closed_facts(found),
        "sealed": sealed_in_each(session, found),
        "words": words_now(session, found) if is_closed(found) else None,
    }


@public.get("/campaigns/<number>.pdf")
@open_to_all
def announcement(number: str) -> ResponseReturnValue:
    """The announcement as it was sealed last; the courtesy copy at `?lang=en`."""
    found = announced(db.session(), number)
    language = Language(language_now())
    document = latest_of(db.session(), found, DocumentKind.ANNOUNCEMENT, language)
    if document is None or document.withdrawn_at is not None:
        raise NotFound(number)
    return as_file(document, Reader.PUBLIC)


@public.get("/draws/<number>.json")
@public.get("/draws/<number>")
@open_to_all
def draw(number: str) -> ResponseReturnValue:
    found = announced(db.session(), number)
    closed = is_closed(found)
    if not errors.wants_problem():
        return render_template(
            "public/draw.html",
            campaign=found,
            facts=facts_of(found),
            closed=secrets_of(found),
            page=public_page_of_units(db.session(), found, request.args) if closed else None,
            command=command(found),
            program=python_program(),
            sql=sql_program(db.session(), found) if closed else "",
            order=order_in_words(db.session(), found) if closed else None,
            chance=chance_in_words,
        )
    units: list[Drawn] = list(db.session.scalars(units_of(found))) if closed else []
    result = [
        {"stratum": u.stratum, "role": u.role, "rank": u.rank, "listing_id": u.listing_id, "digest": u.draw_digest}
        | ({"inclusion": u.inclusion} if u.inclusion else {})
        for u in units
    ]
    more = secrets_of(found)
    return jsonify(facts_of(found) | (more | {"result": result} if more else {}))


@public.get("/draws/<number>/frame.csv")
@open_to_all
def frame(number: str) -> ResponseReturnValue:
    """The frame as it was hashed, once the campaign is closed."""
    found = announced(db.session(), number)
    if not is_closed(found):
        raise NotFound(number)
    return frame_csv(found)


@public.get("/draws/<number>/design.json")
@open_to_all
def design(number: str) -> ResponseReturnValue:
    """The design as it was hashed, once the campaign is closed."""
    found = announced(db.session(), number)
    if not is_closed(found):
        raise NotFound(number)
    return design_json(found)


def is_closed(campaign: Campaign) -> bool:
    return campaign.status == CampaignStatus.CLOSED


def facts_of(campaign: Campaign) -> dict[str, Any]:
    """From freezing on, and nothing more: see docs of the draw."""
    return {
        "number": campaign.number,
        "frame_hash": campaign.frame_hash,
        "design_hash": campaign.design_hash,
        "commitment": campaign.commitment,
        "frozen_at": written(campaign.frozen_at),
        "public_event_at": written(campaign.public_event_at),
        "drawn_at": written(campaign.drawn_at),
    }


def secrets_of(campaign: Campaign) -> dict[str, Any]:
    """From closing on: all that is needed to repeat the draw."""
    if not is_closed(campaign):
        return {}
    return {
        "salt": campaign.salt,
        "public_event": campaign.public_event,
        "public_number": campaign.public_number,
        "public_number_source": campaign.public_number_source,
        "seed": campaign.seed,
        "design": json.loads(campaign.design),
        "frame": url_for("public.frame", number=campaign.number),
        "design_file": url_for("public.design", number=campaign.number),
        "left_out": left_out_of(db.session(), campaign),
    }


def closed_facts(campaign: Campaign) -> dict[str, Any]:
    if not is_closed(campaign):
        return {}
    return {
        "title": campaign.title,
        "agency": campaign.agency.name,
        "category": campaign.category,
        "kind": campaign.kind,
        "basis": campaign.basis,
        "starts_on": campaign.starts_on.isoformat(),
        "ends_on": campaign.ends_on.isoformat(),
        "items": [{"item": i.item, "limit": i.limit, "method": i.method, "rule": i.rule} for i in campaign.items],
    }


def written(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
