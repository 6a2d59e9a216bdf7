"""Evidence capsules of a sample: asked for, looked after while they are made, taken away."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.capsules.models import Capsule
from quality.capsules.operations import ask_for_capsule, take_away
from quality.capsules.queries import one_capsule, variants_for
from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import _
from quality.evidence.vault import vault_from
from quality.pages.encapsulated import OFFERED, lines
from quality.pages.forms.capsules import Asking
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds import kind_for
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.purchases.models import Sample
from quality.web import settings
from quality.web.streams import streamed

capsules = Blueprint("capsules", __name__, url_prefix="/desk/sample/<number>/capsules")


@capsules.get("/")
@needs(Can.CAPSULE_MAKE, once_found=True)
def listed(number: str) -> ResponseReturnValue:
    return page(the_sample(number), Asking())


@capsules.post("/", endpoint="ask")
@comes_back
@needs(Can.CAPSULE_MAKE, once_found=True)
def ask(number: str) -> ResponseReturnValue:
    sample, form, session = the_sample(number), Asking(request.form), db.session()
    form.variant.offer(offered(sample))
    try:
        if not form.validate():
            raise Invalid
        made = ask_for_capsule(
            session, sample, form.variant.data or "", form.why.data or "", by=me, settings=settings()
        )
    except Invalid as wrong:
        session.rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(page(the_sample(number), form, loose), 422)
    flash(str(said_of(made)))
    return redirect(url_for("capsules.listed", number=number))


def said_of(made: Capsule) -> object:
    if made.sha256:
        return _("Nothing has changed since it was made; it is there already")
    return _("The capsule is being made; load this page again in a few seconds")


@capsules.get("/<int:edition>.zip")
@needs(Can.CAPSULE_MAKE, once_found=True)
def fetch(number: str, edition: int) -> ResponseReturnValue:
    return as_file(one_capsule(db.session(), the_sample(number), edition, me))


def as_file(capsule: Capsule) -> ResponseReturnValue:
    """Each time it is taken away stands in the log of looks."""
    try:
        opened = take_away(db.session(), vault_from(settings().evidence_url), capsule, by=me)
    except FileNotFoundError:
        raise NotFound(capsule.number) from None
    name = f"{capsule.number}-{capsule.variant.value}.zip"
    return streamed(opened, capsule.bytes or 0, "application/zip", name, capsule.sha256 or "")


def the_sample(number: str) -> Sample:
    sample: Sample = kind_for(me, "sample").one_visible(db.session(), me, number)
    require_for(sample)
    return sample


def offered(sample: Sample) -> dict[str, object]:
    return {each.value: OFFERED[each] for each in variants_for(me, sample)}


def page(sample: Sample, form: Asking, loose: object = ()) -> str:
    form.variant.offer(offered(sample))
    found = lines(db.session(), sample, me)
    return render_template("desk/capsules.html", sample=sample, form=form, loose=loose, lines=found)
