"""Disposal notices before they go out: drafted from several findings at once, and read as their platform will."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

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
from quality.likeness.models import Alike
from quality.notices.contents import document_of
from quality.notices.models import Notice
from quality.notices.operations import draft_notices
from quality.notices.operations.alike import waiting_for_a_notice
from quality.notices.operations.grouping import Grouping
from quality.notices.queries import findings_to_put_on, one_visible
from quality.pages.forms.notices import GROUPING, HOW_TO_OBJECT, LEGAL_BASIS, REASONS, DraftingSeveral, offering_kinds
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds.notice.genuine import genuine, hash_of
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
    found = what_is_free(db.session())
    return page(form_for(found), found)


@drafts.post("/new", endpoint="make")
@comes_back
@needs(Can.NOTICE_DRAFT)
def make() -> ResponseReturnValue:
    """One draft a platform, all of them or none."""
    session = db.session()
    found = what_is_free(session)
    form = form_for(found)
    form.process(request.form)
    try:
        if not form.validate():
            raise Invalid
        typed = dict(form.data)
        chosen = set(typed.pop("findings") or [])
        also = set(typed.pop("alike") or [])
        made = draft_notices(
            session,
            [each for each in found.findings if each.number in chosen],
            by=me,
            alike=[each for each in found.alike if str(each.id) in also],
            **typed,
        )
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, what_is_free(session), put_beside(form, wrong.problems)), 422)
    flash(str(_("Drafted: %(numbers)s", numbers=", ".join(notice.reference for notice in made))), "success")
    if len(made) == 1:
        return redirect(url_for("desk.dossier", kind="notice", number=made[0].reference))
    return redirect(url_for("desk.cases", kind="notice"))


class Free(NamedTuple):
    """What may go on a notice: findings, by their tested listings, and listings that are like such."""

    findings: list[Finding]
    alike: list[Alike]


def what_is_free(session: Session) -> Free:
    tested = findings_to_put_on(me).options(joinedload(Finding.sample).joinedload(Sample.task).joinedload(Task.drawn))
    like_them = waiting_for_a_notice(me).options(
        joinedload(Alike.platform), joinedload(Alike.finding).joinedload(Finding.sample)
    )
    return Free(
        list(session.scalars(tested.limit(AT_ONCE))),
        list(session.scalars(like_them.order_by(Alike.id).limit(AT_ONCE))),
    )


def form_for(found: Free) -> DraftingSeveral:
    """With all that was confirmed as alike ticked: it was decided on before."""
    texts = {"legal_basis": LEGAL_BASIS, "reasons": REASONS, "how_to_object": HOW_TO_OBJECT}
    form = DraftingSeveral(data={**texts, "kind": "order", "grouping": Grouping.PLATFORM.value})
    form.measures.data = list(form.measures.offered)
    form.findings.offered = {each.number: each.sample.product_name for each in found.findings}
    form.alike.offered = {str(each.id): called(each) for each in found.alike}
    form.alike.data = list(form.alike.offered)
    form.grouping.offer(GROUPING)
    offering_kinds(form)
    return form


def called(each: Alike) -> str:
    return str(each.listing.get("title") or each.listing_id)


def page(form: DraftingSeveral, found: Free, loose: Sequence[Text] = ()) -> str:
    platforms: dict[str, Free] = {}
    for each in found.findings:
        platforms.setdefault(each.sample.purchase.drawn.platform.name, Free([], [])).findings.append(each)
    for other in found.alike:
        platforms.setdefault(other.platform.name, Free([], [])).alike.append(other)
    return render_template("desk/draft.html", form=form, platforms=platforms, called=called, loose=loose)


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
