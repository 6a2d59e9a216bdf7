"""The accessibility statement: what was looked at and when, what is known not to be good, and whom to tell."""

from __future__ import annotations

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from quality.pages.accessibility import CRITERIA, last_run, look_in_words, undecided_in_words
from quality.pages.views.public import public
from quality.people.access import public as open_to_all
from quality.web import errors, settings


@public.get("/accessibility.json", endpoint="accessibility_as_json")
@public.get("/accessibility")
@open_to_all
def accessibility() -> ResponseReturnValue:
    said, told = last_run(), settings()
    if errors.wants_problem():
        looks = [look._asdict() for look in said.looks]
        return jsonify(said._asdict() | {"on": said.on.isoformat(), "looks": looks, "contact": told.public_contact})
    return render_template(
        "public/accessibility.html",
        tested=said,
        looks=[look_in_words(each) for each in said.looks],
        undecided=[undecided_in_words(rule, many) for rule, many in said.undecided.items()],
        criteria=CRITERIA,
        contact=told.public_contact,
        site=told.public_url,
    )
