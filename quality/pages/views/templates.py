"""Templates of notices: which are in force, what an edition changes, and how a notice from it reads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import canonical, db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.documents.models import DocumentKind, Language
from quality.documents.press import Paper, Press, dated, has_digit, moment_of, ordinal
from quality.notices.operations.templates import (
    SHIPPED_ONE,
    InForce,
    before,
    cannot_be_confirmed,
    confirm_template,
    in_force,
    one_template,
    propose_template,
    refuse_template,
    retire_template,
    templates_of,
)
from quality.notices.sample import NUMBER, sample_of
from quality.notices.texts import SHIPPED_NAME, NoticeTemplate, differences
from quality.pages.forms.fields import shown
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.templates import TemplateForm, in_words, offer, said_by, template_form
from quality.pages.moments import language_now
from quality.pages.reviewing import difference
from quality.pages.views.desk import version_read
from quality.people import kept
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings
from quality.web.pace import let_in

templates = Blueprint("templates", __name__, url_prefix="/desk/notice-templates")
FEW_DIGITS = 9
PRINTS = 12  # a minute, from one network address


@templates.get("/")
@needs(Can.ITEM_VERIFY)
def listed() -> ResponseReturnValue:
    session = db.session()
    offered = in_force(session, me)
    return make_response(
        render_template(
            "desk/templates.html",
            editions=templates_of(session, me),
            offered={each.id for each in offered},
            may_draft=me.can(Can.NOTICE_DRAFT),
        )
    )


@templates.get("/new")
@needs(Can.NOTICE_DRAFT)
def new() -> ResponseReturnValue:
    """Begun with the template that is named: with what waits of it, else with what is in force, else as shipped."""
    called = visible(request.args.get("of", ""))
    editions = [each for each in templates_of(db.session(), me) if each.name == called and called != SHIPPED_NAME]
    begun = next((each for each in editions if each.is_waiting or each.confirmed_at), None)
    if begun is None:
        return form_page(template_form("", SHIPPED_ONE.says, None))
    return form_page(template_form(begun.name, begun.says, begun.version if begun.is_waiting else None))


@templates.post("/new", endpoint="propose")
@comes_back
@needs(Can.NOTICE_DRAFT)
def propose() -> ResponseReturnValue:
    session, form = db.session(), TemplateForm(request.form)
    offer(form)
    typed = form.version.data or ""
    seen = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= FEW_DIGITS else None
    try:
        if not form.validate():
            raise Invalid
        made = propose_template(session, name=form.name.data or "", says=said_by(form), by=me, version=seen)
    except Invalid as wrong:
        session.rollback()
        return make_response(form_page(form, put_beside(form, wrong.problems)), 422)
    flash(str(_("Drafted. Another person confirms it; until then the edition before it is offered.")), "success")
    return redirect(url_for("templates.show", template=made.id))


def form_page(form: TemplateForm, loose: Sequence[Text] = ()) -> str:
    return render_template("desk/template_form.html", form=form, loose=loose)


@templates.get("/shipped")
@needs(Can.ITEM_VERIFY)
def shipped() -> ResponseReturnValue:
    return render_template("desk/template.html", one=None, shown=SHIPPED_ONE, changed=[], samples=samples(None))


@templates.get("/<int:template>")
@needs(Can.ITEM_VERIFY, once_found=True)
def show(template: int) -> ResponseReturnValue:
    one = one_template(db.session(), me, template)
    require_for(one)
    return page(db.session(), one)


def page(session: Session, one: NoticeTemplate, wrong: Sequence[Text] = (), typed: str = "") -> str:
    earlier = before(session, one)
    found = differences(earlier.says if earlier else None, one.says)
    refusal = cannot_be_confirmed(one, me)
    return render_template(
        "desk/template.html",
        one=one,
        shown=as_offered(one),
        samples=samples(one.id),
        earlier=earlier,
        changed=[difference("template_text", each, in_words) for each in found],
        may_draft=me.can(Can.NOTICE_DRAFT),
        may_confirm=me.can(Can.NOTICE_APPROVE),
        refusal=refusal.text if refusal else None,
        wrong=wrong,
        typed=typed,
    )


def samples(key: int | None) -> list[tuple[Text, str, str]]:
    """How a notice from it reads: with a tested listing and without, as the document and as its English copy; each as
    a page and as the PDF."""
    of: dict[str, Any] = {"template": key} if key else {}
    page, paper = (
        ("templates.preview", "templates.print") if key else ("templates.preview_shipped", "templates.print_shipped")
    )
    return [
        (label, url_for(page, **(of | named)), url_for(paper, **(of | named)))
        for label, named in (
            (_("Sample in Chinese"), {"in": "zh", "of": None}),
            (_("Sample of the English copy"), {"in": "en", "of": None}),
            (_("Sample without a tested listing"), {"in": "zh", "of": "untested"}),
            (_("The same in English"), {"in": "en", "of": "untested"}),
        )
    ]


def as_offered(one: NoticeTemplate) -> InForce:
    return InForce(one.id, one.name, one.edition, one.says)


Deed = Callable[[Session, NoticeTemplate, int, str], None]
DEEDS: dict[str, tuple[Deed, Text]] = {
    "confirm": (
        lambda session, one, version, _note: confirm_template(session, one, by=me, version=version),
        _("Confirmed: whoever drafts a notice is offered it from now on."),
    ),
    "refuse": (
        lambda session, one, version, note: refuse_template(session, one, note, by=me, version=version),
        _("Put away. It is not offered."),
    ),
    "retire": (
        lambda session, one, version, _note: retire_template(session, one, by=me, version=version),
        _("Retired: it is offered no more."),
    ),
}


@templates.post("/<int:template>/<any(confirm, retire):deed>", endpoint="decide")
@comes_back
@needs(Can.NOTICE_APPROVE, once_found=True)
def decide(template: int, deed: str) -> ResponseReturnValue:
    return decided(template, deed)


@templates.post("/<int:template>/refuse", endpoint="refuse")
@comes_back
@needs(Can.ITEM_VERIFY, once_found=True)
def refuse(template: int) -> ResponseReturnValue:
    """By a reviewer, or by the drafter's side."""
    return decided(template, "refuse")


def decided(template: int, deed: str) -> ResponseReturnValue:
    session, (act, says) = db.session(), DEEDS[deed]
    one = one_template(session, me, template)
    require_for(one)
    note = visible(request.form.get("note", ""))[:1000]
    try:
        kept.refuse()
        if deed == "refuse" and not note:
            raise Invalid(FieldProblem("note", "missing", _("Say why it is put away")))
        act(session, one, version_read(), note)
    except Invalid as wrong:
        session.rollback()
        said = [problem.text for problem in wrong.problems]
        return make_response(
            page(session, one_template(session, me, template), said, shown(request.form.get("note", ""))), 422
        )
    flash(str(says), "success")
    return redirect(url_for("templates.show", template=template))


@templates.get("/shipped/preview")
@needs(Can.ITEM_VERIFY)
def preview_shipped() -> ResponseReturnValue:
    return sample(SHIPPED_ONE, url_for("templates.shipped"))


@templates.get("/<int:template>/preview")
@needs(Can.ITEM_VERIFY, once_found=True)
def preview(template: int) -> ResponseReturnValue:
    one = one_template(db.session(), me, template)
    require_for(one)
    return sample(as_offered(one), url_for("templates.show", template=template))


@templates.get("/shipped/preview.pdf", endpoint="print_shipped")
@needs(Can.ITEM_VERIFY)
def shipped_as_pdf() -> ResponseReturnValue:
    return printed(SHIPPED_ONE)


@templates.get("/<int:template>/preview.pdf", endpoint="print")
@needs(Can.ITEM_VERIFY, once_found=True)
def as_pdf(template: int) -> ResponseReturnValue:
    one = one_template(db.session(), me, template)
    require_for(one)
    return printed(as_offered(one))


def printed(one: InForce) -> ResponseReturnValue:
    """The paper itself, marked on every page, for who asks for it now: a second of work, of which nothing is kept."""
    let_in("a preview", PRINTS)
    language, now, says = invented(one)
    assert me.organisation, "who reads templates works for an agency"
    paper = Paper(
        DocumentKind.DISPOSAL_NOTICE, language, code="", number=NUMBER, agency=me.organisation.name, edition=1,
        dated=now, says=says,
    )  # fmt: skip
    content = io.BytesIO(Press.of(settings()).preview(paper))
    return send_file(content, "application/pdf", download_name=f"preview-{language.value}.pdf")


def invented(one: InForce) -> tuple[Language, datetime, dict[str, Any]]:
    """What a notice that names invented listings says, now, in the language that the address names."""
    language = request.args.get("in", Language.ZH.value)
    if language not in set(Language) or me.organisation is None:
        abort(404)
    now, tested = clock.now(), request.args.get("of") != "untested"
    says: dict[str, Any] = json.loads(canonical(sample_of(one, me.organisation, language, now, tested=tested)))
    return Language(language), now, says


def sample(one: InForce, address: str) -> ResponseReturnValue:
    """A notice that names invented listings, as its paper would look, on a page."""
    language, now, says = invented(one)
    back = {
        "address": address,
        "words": str(_("Back to the template")),
    }
    draft = str(_("A sample from a template: the goods are invented, and it is nobody's notice."))
    reader = "zh-CN" if language_now() == "zh" else "en"
    with force_locale(language):
        return make_response(
            render_template(
                "desk/notice_preview.html",
                number=NUMBER,
                document=says,
                on=dated(now.astimezone(BEIJING).date(), Language(language)),
                ordinal=ordinal,
                has_digit=has_digit,
                at=moment_of,
                genuine=None,
                reader=reader,
                back=back,
                draft=draft,
                language=language,
            )
        )
