"""What was public once and is not any more: number, day and reason of each, as a page and for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.pages.forms.search import place_at, written
from quality.people.access import public as open_to_all
from quality.publication.listing import Place
from quality.publication.models import Result
from quality.publication.queries import taken_from_the_public
from quality.web import errors, settings

taken_results = Blueprint("taken", __name__)
A_PAGE = 50


@taken_results.get("/results/gone.json")
@taken_results.get("/results/gone")
@open_to_all
def taken() -> ResponseReturnValue:
    typed = request.args.get("cursor", "")
    after = place_at(typed) if typed else None
    if typed and after is None:
        problem = FieldProblem("cursor", "unknown", _("This page of the list is not known; begin with the first"))
        if errors.wants_problem():
            raise Invalid(problem)
        return render_template("public/taken.html", results=[], following=None, problem=problem, section="results"), 422
    found = taken_from_the_public(db.session(), after, A_PAGE + 1)
    following = written(place_of(found[A_PAGE - 1])) if len(found) > A_PAGE else None
    if errors.wants_problem():
        return jsonify(items=[tombstone(each) for each in found[:A_PAGE]], next=following)
    return render_template(
        "public/taken.html", results=found[:A_PAGE], following=following, problem=None, section="results"
    )


def place_of(result: Result) -> Place:
    assert result.ended_at is not None, "what is taken from the public has its moment"
    return Place(result.ended_at, result.id)


def tombstone(result: Result) -> dict[str, Any]:
    """What is left of a result, in every list of what is gone."""
    assert result.ended_at is not None, "what is taken from the public has its moment"
    return {
        "number": result.number,
        "edition": result.edition,
        "status": result.status,
        "ended_at": rfc3339(result.ended_at),
        "reason": result.reason,
        "address": settings().public_url + url_for("public.result", number=result.number),
    }
