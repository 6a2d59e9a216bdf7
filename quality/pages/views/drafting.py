"""Disposal notices before they go out: drafted from several findings at once, and read as their platform will."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import canonical, db
from quality.core.errors import Invalid, NotFound
from quality.core.words import Text, _
from quality.delivery.operations import open_as_platform
from quality.documents.models import Language
from quality.documents.press import dated, has_digit, moment_of, ordinal
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices.contents import document_of
from quality.notices.editions import one_edition
from quality.notices.models import EditionKind, Notice, NoticeEdition
from quality.notices.operations import draft_notices
from quality.notices.operations.alike import waiting_for_a_notice
from quality.notices.operations.batches import Wording, draft_all
from quality.notices.operations.grouping import Grouping
from quality.notices.operations.templates import InForce, chosen, in_force
from quality.notices.queries import findings_to_put_on, one_visible
from quality.pages.forms.notices import GROUPING, DraftingSeveral, begun_with, offering_kinds
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds.notice.genuine import genuine, hash_of
from quality.pages.moments import language_now
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.permissions import Can, Sees
from quality.purchases.models import Sample, Task

drafts = Blueprint("drafts", __name__, url_prefix="/desk/notice")
AT_ONCE = 200  # findings that one page offers
FEW_DIGITS = 4  # of an edition in an address


@drafts.get("/new")
@needs(Can.NOTICE_DRAFT)
def new() -> ResponseReturnValue:
    session = db.session()
    found = what_is_free(session)
    try:
        template = chosen(session, me, request.args.get("template"))
    except Invalid:  # retired since the page was drawn
        template = chosen(session, me, None)
    return page(form_for(found, template), found)


@drafts.post("/new", endpoint="make")
@comes_back
@needs(Can.NOTICE_DRAFT)
def make() -> ResponseReturnValue:
    """One draft a platform, all of them or none."""
    session = db.session()
    found = what_is_free(session)
    form = form_for(found, chosen(session, me, None))
    form.process(request.form)
    try:
        if not form.validate():
            raise Invalid
        typed = dict(form.data)
        template = chosen(session, me, typed.pop("template"))
        if typed.pop("everything"):
            return handed_over(typed, template)
        numbers = set(typed.pop("findings") or [])
        also = set(typed.pop("alike") or [])
        made = draft_notices(
            session,
            [each for each in found.findings if each.number in numbers],
            by=me,
            alike=[each for each in found.alike if str(each.id) in also],
            template=template,
            **typed,
        )
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, what_is_free(session), put_beside(form, wrong.problems)), 422)
    flash(str(_("Drafted: %(numbers)s", numbers=", ".join(notice.reference for notice in made))), "success")
    if len(made) == 1:
        return redirect(url_for("desk.dossier", kind="notice", number=made[0].reference))
    return redirect(url_for("desk.cases", kind="notice"))


def handed_over(typed: dict[str, Any], template: InForce) -> ResponseReturnValue:
    """All that waits is drafted by a job, whatever was ticked."""
    grouping = typed.pop("grouping")
    wording = Wording(**{name: value for name, value in typed.items() if name in Wording._fields})
    batch = draft_all(db.session(), wording, by=me, grouping=grouping, template=template)
    return redirect(url_for("batches.show", batch=batch.id))


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


def form_for(found: Free, template: InForce) -> DraftingSeveral:
    """With what the template says, and all that was confirmed as alike ticked: it was decided on before."""
    begun = {"grouping": Grouping.PLATFORM.value, "template": template.name}
    form = DraftingSeveral(data={**begun_with(template), **begun})
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
    offered = in_force(db.session(), me)
    return render_template(
        "desk/draft.html", form=form, platforms=platforms, called=called, loose=loose, templates=offered
    )


@drafts.get("/<number>/preview")
@acting
def preview(number: str) -> ResponseReturnValue:
    """As it was sealed; before that, as it would be sealed now."""
    session = db.session()
    notice = one_visible(session, me, number)
    if me.sees is Sees.PLATFORM:
        open_as_platform(session, notice, by=me)
    shown = shown_edition(session, notice)
    sealed = shown.sealed if shown else notice.sealed
    document: dict[str, Any] = json.loads(sealed) if sealed else draft_of(session, notice, shown)
    issued_at = datetime.fromisoformat(document["issued_at"]) if sealed else clock.now()
    at, reader = issued_at.astimezone(BEIJING), "zh-CN" if language_now() == "zh" else "en"
    number = notice.number or notice.reference
    back = {
        "address": url_for("desk.dossier", kind="notice", number=number),
        "words": str(_("Back to the notice")),
    }
    draft = _("Draft: not issued, without effect. It has no number and no verification code yet.")
    if shown is not None:
        draft = _("Draft of the next edition: not issued, without effect. The edition before it is in force.")
    said_of_it = "" if sealed else str(draft)
    with force_locale("zh"):  # the document is 中文 whatever its reader's language
        return render_template(
            "desk/notice_preview.html",
            number=number,
            document=document,
            on=dated(at.date(), Language.ZH),
            ordinal=ordinal,
            has_digit=has_digit,
            at=moment_of,
            genuine=genuine(notice, hash_of(session, notice)) if sealed == notice.sealed else None,
            reader=reader,
            back=back,
            draft=said_of_it,
        )


def shown_edition(session: Session, notice: Notice) -> NoticeEdition | None:
    """The one that the address names, where this reader may see it; None: what is in force, or the draft."""
    typed = request.args.get("edition", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= FEW_DIGITS) or notice.issued_at is None:
        return None
    found = one_edition(session, notice, int(typed))
    if found is None or found.kind is EditionKind.WITHDRAWAL:
        raise NotFound(typed)
    if found.issued_at is None and me.sees is Sees.PLATFORM:
        raise NotFound(typed)
    return found


def draft_of(session: Session, notice: Notice, edition: NoticeEdition | None = None) -> dict[str, Any]:
    """As it would be sealed now, read as it would be kept."""
    made = document_of(session, notice, issued_at=clock.now(), code="", edition=edition)
    kept: dict[str, Any] = json.loads(canonical(made))
    return kept
