"""What was said about a notice, on a page of its own: read, asked, objected to, answered and decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.delivery.operations import open_as_platform
from quality.evidence.models import EvidenceKind
from quality.notices.conversation import conversation, mark_read, one_entry
from quality.notices.models import Notice, NoticeItem
from quality.notices.operations import answer_to, ask, decide_objection, object_to
from quality.notices.queries import one_visible
from quality.notices.thread import EntryKind, ThreadEntry
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Form
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.talk import form_of
from quality.pages.talk import DO, address, beginnings, replies, talks, way
from quality.people import kept
from quality.people.access import acting, me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can, Sees

talk = Blueprint("talk", __name__, url_prefix="/desk/notice/<number>/messages")
DIGITS = 9


@talk.get("")
@acting
def said(number: str) -> ResponseReturnValue:
    """Who reads it has read it: only `access` is written."""
    session = db.session()
    notice = one_visible(session, me, number)
    if notice.issued_at is None:  # nobody is asked about a draft
        return redirect(url_for("desk.dossier", kind="notice", number=number))
    if me.sees is Sees.PLATFORM:
        open_as_platform(session, notice, by=me)
    kind, to = asked_for(notice, request.args.get("say", ""), request.args.get("to", ""))
    shown = page(notice, kind, to, form_of(kind, notice) if kind else None)
    mark_read(session, notice, me)
    return shown


@talk.post("", endpoint="say")
@comes_back
@needs(Can.MESSAGE_WRITE, once_found=True)
def say(number: str) -> ResponseReturnValue:
    session = db.session()
    notice = one_visible(session, me, number)
    require_for(notice)
    typed = request.form.get("say", "")
    kind, to = asked_for(notice, typed, request.form.get("to", ""), is_open=False)
    if kind is None:
        abort(422)
    form = form_of(kind, notice)
    form.process(CombinedMultiDict((request.form, request.files)))
    try:
        if not form.validate():
            raise Invalid
        record(notice, kind, to, form)
    except Invalid as wrong:
        session.rollback()
        loose = [*put_beside(form, wrong.problems), *kept.said_of(kept.names_of_files())]
        return make_response(page(notice, kind, to, form, loose), 422)
    flash(str(_("Recorded, and told to the other side")), "success")
    return redirect(address(notice))


def asked_for(
    notice: Notice, say: str, to: str, *, is_open: bool = True
) -> tuple[EntryKind | None, ThreadEntry | None]:
    """Which form is meant; none where there is no such. `is_open`: and where it may be filled in now."""
    kind = next((each for each in EntryKind if each.value == say), None)
    root = None
    if to.isascii() and to.isdigit() and len(to) <= DIGITS:
        root = one_entry(db.session(), notice, int(to))
    if kind in {EntryKind.ANSWER, EntryKind.DECISION} and root is None:
        return None, None
    if kind and is_open and kind not in (replies(root, notice, me) if root else beginnings(notice, me)):
        return None, None
    return kind, root


def record(notice: Notice, kind: EntryKind, to: ThreadEntry | None, form: Any) -> None:
    session = db.session()
    if kind is EntryKind.DECISION:
        assert to, "asked_for"
        upheld = form.ruling.data == "upheld"
        decide_objection(session, to, form.text.data, upheld=upheld, why=form.why.data or None, by=me)
        return
    files = taken_in(session, form.evidence.data, EvidenceKind.MESSAGE, by=me)
    if kind is EntryKind.ANSWER:
        assert to, "asked_for"
        answer_to(session, to, form.text.data, by=me, evidence=files)
        return
    deed = object_to if kind is EntryKind.OBJECTION else ask
    deed(session, notice, form.text.data, item_of(notice, form.about.data), by=me, evidence=files)


def item_of(notice: Notice, about: str) -> NoticeItem | None:
    return next((item for item in notice.items if str(item.id) == about), None)


def page(
    notice: Notice,
    kind: EntryKind | None,
    to: ThreadEntry | None,
    form: Form | None,
    loose: Sequence[Text] = (),
) -> str:
    session = db.session()
    older = request.args.get("before", "")
    before = int(older) if older.isascii() and older.isdigit() and len(older) <= DIGITS else None
    if to:  # what is answered stands alone below the form, however old it is
        found, more = conversation(session, notice, me, count=1, before=to.id + 1)[0], None
    else:
        found, more = conversation(session, notice, me, before=before)
    return render_template(
        "desk/messages.html",
        notice=notice,
        talks=talks(session, notice, me, found),
        ways=[way(notice, each) for each in beginnings(notice, me)],
        older=address(notice, before=more) if more else None,
        newest=address(notice) if before else None,
        form=form,
        say=kind,
        to=to.id if to else None,
        heading=DO[kind] if kind else None,
        loose=loose,
    )
