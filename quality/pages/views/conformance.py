"""A platform tries its own system: a run in the sandbox, what each check waits for and saw, and the report."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quality.conformance.checks import State, passed
from quality.conformance.models import ConformanceRun
from quality.conformance.operations import certify, found_in, permitted, refuse_an_empty_address, send_now, start_run
from quality.conformance.queries import one_visible, runs_of
from quality.core.db import db
from quality.core.errors import Invalid, Refused
from quality.core.words import Text, _
from quality.documents.models import DocumentKind, Language
from quality.documents.queries import latest_asked, latest_of, open_document
from quality.documents.readers import reader_of
from quality.evidence.vault import vault_from
from quality.pages.forms.conformance import Starting
from quality.pages.forms.sheet import put_beside
from quality.pages.moments import language_now
from quality.pages.views.desk import version_read
from quality.pages.words import Tone
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.web import settings

conformance = Blueprint("conformance", __name__, url_prefix="/desk/conformance")
TONES = {State.WAITS: Tone.WAIT, State.PASSED: Tone.OK, State.FAILED: Tone.BAD}
WORDS = {State.WAITS: _("Waiting"), State.PASSED: _("Passed"), State.FAILED: _("Failed")}
HOW_IT_STANDS: dict[str, tuple[Tone, Text]] = {
    "passed": (Tone.OK, _("Passed")),
    "open": (Tone.LIVE, _("Under way")),
    "ended": (Tone.VOID, _("Ended without passing")),
}


@conformance.get("/")
@needs(Can.ENDPOINT_SET)
def runs() -> ResponseReturnValue:
    permitted(me)
    return page(Starting())


@conformance.post("/", endpoint="start")
@comes_back
@needs(Can.ENDPOINT_SET)
def start() -> ResponseReturnValue:
    """The secret and the key stand on this answer and nowhere else."""
    form, session = Starting(request.form), db.session()
    try:
        if not form.validate():
            raise Invalid
        refuse_an_empty_address(form.url.data or "")
        started = start_run(session, settings(), form.url.data or "", by=me, after=request.form.get("after", ""))
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, put_beside(form, wrong.problems)), 422)
    return render_template(
        "desk/conformance_started.html",
        run=started.run,
        secret=started.secret,
        key=started.key,
        base=f"{settings().public_url}/api/v1/sandbox",
    )


@conformance.get("/<run>")
@needs(Can.ENDPOINT_SET, once_found=True)
def one(run: str) -> ResponseReturnValue:
    session = db.session()
    found = one_visible(session, me, run)
    checks = found_in(session, found)
    report = latest_asked(session, found, DocumentKind.CONFORMANCE)
    return render_template(
        "desk/conformance_run.html",
        run=found,
        stands=HOW_IT_STANDS[state_of(found)],
        checks=checks,
        has_passed=passed(checks),
        tones=TONES,
        words=WORDS,
        report=report,
        is_open=found.ended_at is None,
    )


@conformance.post("/<run>/again", endpoint="again")
@needs(Can.ENDPOINT_SET, once_found=True)
def send_again(run: str) -> ResponseReturnValue:
    session = db.session()
    many = send_now(session, one_visible(session, me, run), by=me)
    told = _("Samples sent again: %(count)s. Look again in some seconds.", count=many)
    flash(str(told if many else _("No sample waits for another try")), "success" if many else "info")
    return redirect(url_for("conformance.one", run=run))


@conformance.post("/<run>/report", endpoint="certify")
@needs(Can.ENDPOINT_SET, once_found=True)
def seal(run: str) -> ResponseReturnValue:
    session = db.session()
    found = one_visible(session, me, run)
    certify(session, found, by=me, version=version_read())
    flash(str(_("Passed. The report is made within moments; its code can be verified by anybody.")), "success")
    return redirect(url_for("conformance.one", run=run))


@conformance.get("/<run>/report.pdf")
@needs(Can.ENDPOINT_SET, once_found=True)
def report(run: str) -> ResponseReturnValue:
    session = db.session()
    found = one_visible(session, me, run)
    document = latest_of(session, found, DocumentKind.CONFORMANCE, Language(language_now()))
    if document is None:
        raise Refused("not_printed", _("This document is still being made; ask again in a moment"))
    file = open_document(vault_from(settings().evidence_url), document, reader_of(me.sees))
    return send_file(file, "application/pdf", download_name=f"{run}.pdf")


def state_of(run: ConformanceRun) -> str:
    return "passed" if run.passed_at else "open" if run.ended_at is None else "ended"


def page(form: Starting, loose: Sequence[Text] = ()) -> str:
    found = [(run, *HOW_IT_STANDS[state_of(run)]) for run in runs_of(db.session(), me)]
    return render_template("desk/conformance.html", runs=found, form=form, loose=loose)
