"""Disposal notices before they go out: drafted from several findings at once, and read as their platform will."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.delivery.operations import open_as_platform
from quality.documents.models import Language
from quality.documents.press import dated, has_digit, ordinal
from quality.lab.models import Finding
from quality.notices.contents import document_of
from quality.notices.models import Notice
from quality.notices.operations import draft_notices
from quality.notices.queries import findings_to_put_on, one_visible
from quality.pages.forms.notices import HOW_TO_OBJECT, LEGAL_BASIS, REASONS, DraftingSeveral, offering_kinds
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds.notice import genuine, hash_of
from quality.pages.moments import language_now
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.permissions import Can, Sees
from quality.purchases.models import Sample, Task

drafts = Blueprint("drafts", __name__, url_prefix="/desk/notice")
AT_ONCE = 200  # findings that one page offers


@drafts.get("/new")
@needs(Can.NOTICE_DRAFT)
def new() -> ResponseReturnValue:
    found = free_findings(db.session())
    return page(form_for(found), found)


@drafts.post("/new", endpoint="make")
@comes_back
@needs(Can.NOTICE_DRAFT)
def make() -> ResponseReturnValue:
    """One draft a platform, all of them or none."""
    session = db.session()
    found = free_findings(session)
    form = form_for(found)
    form.process(request.form)
    try:
        if not form.validate():
            raise Invalid
        typed = dict(form.data)
        chosen = set(typed.pop("findings") or [])
        made = draft_notices(session, [each for each in found if each.number in chosen], by=me, **typed)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, free_findings(session), put_beside(form, wrong.problems)), 422)
    flash(str(_("Drafted: %(numbers)s", numbers=", ".join(notice.reference for notice in made))), "success")
    if len(made) == 1:
        return redirect(url_for("desk.dossier", kind="notice", number=made[0].reference))
    return redirect(url_for("desk.cases", kind="notice"))


def free_findings(session: Session) -> list[Finding]:
    asked = findings_to_put_on(me).options(joinedload(Finding.sample).joinedload(Sample.task).joinedload(Task.drawn))
    return list(session.scalars(asked.limit(AT_ONCE)))


def form_for(found: Sequence[Finding]) -> DraftingSeveral:
    form = DraftingSeveral(
        data={"legal_basis": LEGAL_BASIS, "reasons": REASONS, "how_to_object": HOW_TO_OBJECT, "kind": "order"}
    )
    form.measures.data = list(form.measures.offered)
    form.findings.offered = {each.number: each.sample.product_name for each in found}
    offering_kinds(form)
    return form


def page(form: DraftingSeveral, found: Sequence[Finding], loose: Sequence[Text] = ()) -> str:
    platforms: dict[str, list[Finding]] = {}
    for each in found:
        platforms.setdefault(each.sample.purchase.drawn.platform.name, []).append(each)
    return render_template("desk/draft.html", form=form, platforms=platforms, loose=loose)


@drafts.get("/<number>/preview")
@acting
def preview(number: str) -> ResponseReturnValue:
    """As it was sealed; before that, as it would be sealed now."""
    session = db.session()
    notice = one_visible(session, me, number)
    if me.sees is Sees.PLATFORM:
        open_as_platform(session, notice, by=me)
    document: dict[str, Any] = json.loads(notice.sealed) if notice.sealed else draft_of(session, notice)
    at, reader = (notice.issued_at or clock.now()).astimezone(BEIJING), "zh-CN" if language_now() == "zh" else "en"
    number = notice.number or notice.reference
    back = {
        "address": url_for("desk.dossier", kind="notice", number=number),
        "words": str(_("Back to the notice")),
    }
    draft = _("Draft: not issued, without effect. It has no number and no verification code yet.")
    said_of_it = "" if notice.sealed else str(draft)
    with force_locale("zh"):  # the document is 中文 whatever its reader's language
        return render_template(
            "desk/notice_preview.html",
            number=number,
            document=document,
            on=dated(at.date(), Language.ZH),
            ordinal=ordinal,
            has_digit=has_digit,
            genuine=genuine(notice, hash_of(session, notice)),
            reader=reader,
            back=back,
            draft=said_of_it,
        )


def draft_of(session: Session, notice: Notice) -> dict[str, Any]:
    return document_of(session, notice, issued_at=clock.now(), code="")
