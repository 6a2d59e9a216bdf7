"""The words of announcements: an agency's templates, and the text of each, written by one and approved by another."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused, Stale
from quality.core.words import Text, _
from quality.documents.press import Press
from quality.pages.announcing import changes_of, language_asked, paper_to_preview, text_to_preview, words_page
from quality.pages.asking import cursor_of
from quality.pages.forms.announcing import WordingForm, said_by, wording_form
from quality.pages.forms.fields import shown
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds import kind_for
from quality.pages.previewing import UNFOUND, Preview, on_a_phone, previewed
from quality.pages.reviewing import Difference
from quality.pages.views.desk import version_read
from quality.pages.views.public import campaign_page
from quality.people import kept
from quality.people.access import acting, me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication import announcing as words
from quality.publication.search import visible
from quality.publication.texts import AnnouncementTemplate, AnnouncementText, as_frozen, last_text, standing_text
from quality.publication.wording import PLACEHOLDERS, SHIPPED, offered
from quality.web import settings
from quality.web.pace import let_in

announcing = Blueprint("announcing", __name__, url_prefix="/desk")
PRINTS = 12  # a minute, from one network address


# --- templates ---


@announcing.get("/announcement-templates/")
@needs(Can.RESULT_READ)
def templates() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "desk/wordings.html",
        editions=words.templates_of(session, me),
        in_force={kind: words.template_in_force(session, me.organisation_id, kind) for kind in CampaignKind},
        shipped=SHIPPED,
        may_write=me.can(Can.RESULT_PROPOSE),
        placeholders=PLACEHOLDERS,
    )


@announcing.get("/announcement-templates/new")
@needs(Can.RESULT_PROPOSE)
def new_template() -> ResponseReturnValue:
    """Begun with what waits, else with what is in force."""
    session, of = db.session(), kind_asked()
    waits = waiting_template(session, of)
    says = waits.says if waits else words.template_in_force(session, me.organisation_id, of).says
    return template_form_page(of, wording_form(says, waits.version if waits else None))


@announcing.post("/announcement-templates/new", endpoint="propose_template")
@comes_back
@needs(Can.RESULT_PROPOSE)
def propose_template() -> ResponseReturnValue:
    session, form, of = db.session(), WordingForm(request.form), kind_asked()
    try:
        if not form.validate():
            raise Invalid
        made = words.propose_template(session, of, said_by(form), by=me, version=cursor_of(form.version.data or ""))
    except Invalid as wrong:
        session.rollback()
        return make_response(template_form_page(of, form, put_beside(form, wrong.problems)), 422)
    except Stale:
        session.rollback()
        waits = waiting_template(session, of)
        return make_response(template_form_page(of, as_of_now(form, waits), (MEANWHILE,), waits), 409)
    flash(str(_("Drafted. Another person approves it; until then the edition before it is offered.")), "success")
    return redirect(url_for("announcing.template", wording=made.id))


def kind_asked() -> CampaignKind:
    """Of campaigns, as the address names it; without a name, those by lot."""
    asked = request.args.get("sampling", CampaignKind.PROBABILITY.value)
    if asked not in set(CampaignKind):
        raise NotFound(asked)
    return CampaignKind(asked)


def waiting_template(session: Session, kind: CampaignKind) -> AnnouncementTemplate | None:
    return next((each for each in words.templates_of(session, me) if each.kind == kind and each.is_waiting), None)


Written = AnnouncementTemplate | AnnouncementText
MEANWHILE = _(
    "Someone else wrote this anew since you opened it. Yours is kept below; send it again to put it in place."
)


def as_of_now(form: WordingForm, waits: Written | None) -> WordingForm:
    """What was typed, against what waits now: whoever sends it again has read what the other wrote."""
    form.version.raw_data, form.version.data = None, str(waits.version) if waits else ""
    return form


def seen_beside(form: WordingForm, waits: Written | None) -> list[Difference]:
    return changes_of(waits.says, said_by(form)) if waits else []


def template_form_page(
    kind: CampaignKind, form: WordingForm, loose: Sequence[Text] = (), waits: AnnouncementTemplate | None = None
) -> str:
    return render_template(
        "desk/wording_form.html",
        heading=_("Template of announcements"),
        says=_("Under the edition in force it goes on until another person approves this one."),
        back=url_for("announcing.templates"),
        kind=kind,
        form=form,
        loose=loose,
        others=seen_beside(form, waits),
        placeholders={name: PLACEHOLDERS[name] for name in offered(kind)},
    )


@announcing.get("/announcement-templates/<int:wording>")
@needs(Can.RESULT_READ, once_found=True)
def template(wording: int) -> ResponseReturnValue:
    one = words.one_template(db.session(), me, wording)
    require_for(one)
    return template_page(one)


def template_page(one: AnnouncementTemplate, wrong: Sequence[Text] = (), typed: str = "") -> str:
    before = words.template_in_force(db.session(), one.agency_id, one.kind, before=one.edition)
    refusal = words.cannot_be_approved(one, me)
    return render_template(
        "desk/wording.html",
        one=one,
        before=before,
        changed=changes_of(before.says, one.says),
        refusal=refusal.text if refusal else None,
        may_write=me.can(Can.RESULT_PROPOSE),
        may_approve=me.can(Can.RESULT_APPROVE),
        wrong=wrong,
        typed=typed,
    )


@announcing.post("/announcement-templates/<int:wording>/approve")
@comes_back
@needs(Can.RESULT_APPROVE, once_found=True)
def approve_template(wording: int) -> ResponseReturnValue:
    session, version = db.session(), version_read()
    one = words.one_template(session, me, wording)
    require_for(one)
    words.approve_template(session, one, by=me, version=version)
    flash(str(_("Approved: whoever writes an announcement begins with it from now on.")), "success")
    return redirect(url_for("announcing.template", wording=wording))


@announcing.post("/announcement-templates/<int:wording>/refuse")
@comes_back
@needs(Can.RESULT_READ, once_found=True)
def refuse_template(wording: int) -> ResponseReturnValue:
    session = db.session()
    one = words.one_template(session, me, wording)
    require_for(one)
    try:
        words.refuse_template(session, one, note_read(), by=me, version=version_read())
    except Invalid as wrong:
        session.rollback()
        said = [problem.text for problem in wrong.problems]
        again = words.one_template(session, me, wording)
        return make_response(template_page(again, said, shown(request.form.get("note", ""))), 422)
    flash(str(_("Put away. It is not offered.")), "success")
    return redirect(url_for("announcing.template", wording=wording))


def note_read() -> str:
    kept.refuse()
    note = visible(request.form.get("note", ""))[:1000]
    if not note:
        raise Invalid(FieldProblem("note", "missing", _("Give the reason")))
    return note


# --- the text of one ---


def campaign_of(number: str) -> Campaign:
    found: Campaign = kind_for(me, "campaign").one_visible(db.session(), me, number)
    return found


@announcing.get("/campaign/<number>/announcement")
@acting
def text(number: str) -> ResponseReturnValue:
    return text_page(campaign_of(number))


def text_page(campaign: Campaign, wrong: Sequence[Text] = (), typed: str = "") -> str:
    return render_template("desk/announcement.html", **words_page(db.session(), campaign, me), wrong=wrong, typed=typed)


@announcing.get("/campaign/<number>/announcement/new")
@needs(Can.RESULT_PROPOSE, once_found=True)
def new_text(number: str) -> ResponseReturnValue:
    """Begun with what waits; else with what stands, if its figures still hold; else with the template, filled in."""
    session, campaign = db.session(), campaign_of(number)
    require_for(campaign)
    figures = words.figures_now(session, campaign)
    last, standing = last_text(session, campaign.id), standing_text(session, campaign.id)
    if last is not None and last.is_waiting:
        return text_form_page(campaign, wording_form(last.says, last.version))
    anew = standing is None or "template" in request.args
    says = words.begun_with(session, campaign, figures)[0] if anew or standing is None else standing.says
    return text_form_page(campaign, wording_form(says, None))


@announcing.post("/campaign/<number>/announcement/new", endpoint="propose_text")
@comes_back
@needs(Can.RESULT_PROPOSE, once_found=True)
def propose_text(number: str) -> ResponseReturnValue:
    session, form, campaign = db.session(), WordingForm(request.form), campaign_of(number)
    require_for(campaign)
    try:
        if not form.validate():
            raise Invalid
        version = cursor_of(form.version.data or "")
        words.propose_text(session, campaign, said_by(form), by=me, version=version)
    except Invalid as wrong:
        session.rollback()
        return make_response(text_form_page(campaign_of(number), form, put_beside(form, wrong.problems)), 422)
    except Stale:
        session.rollback()
        campaign = campaign_of(number)
        last = last_text(session, campaign.id)
        waits = last if last is not None and last.is_waiting else None
        return make_response(text_form_page(campaign, as_of_now(form, waits), (MEANWHILE,), waits), 409)
    flash(str(_("Proposed. Another person approves it; until then nobody outside reads it.")), "success")
    return redirect(url_for("announcing.text", number=number))


def text_form_page(
    campaign: Campaign, form: WordingForm, loose: Sequence[Text] = (), waits: AnnouncementText | None = None
) -> str:
    return render_template(
        "desk/wording_form.html",
        heading=_("Words of the announcement: %(campaign)s", campaign=campaign.title),
        says=_("Filled in with the figures of the announcement as it stands. Another person approves it."),
        back=url_for("announcing.text", number=campaign.number),
        kind=campaign.kind,
        form=form,
        loose=loose,
        others=seen_beside(form, waits),
        placeholders={name: PLACEHOLDERS[name] for name in offered(campaign.kind)},
    )


@announcing.post("/campaign/<number>/announcement/approve")
@comes_back
@needs(Can.RESULT_APPROVE, once_found=True)
def approve_text(number: str) -> ResponseReturnValue:
    session, campaign, version = db.session(), campaign_of(number), version_read()
    require_for(campaign)
    words.approve_text(session, that(last_text(session, campaign.id)), by=me, version=version)
    flash(str(_("Approved: the announcement says it from now on.")), "success")
    return redirect(url_for("announcing.text", number=number))


@announcing.post("/campaign/<number>/announcement/<any(refuse, take_off):deed>")
@comes_back
@needs(Can.RESULT_READ, once_found=True)
def end_text(number: str, deed: str) -> ResponseReturnValue:
    """Put away what waits; or take what stands off the announcement."""
    session, campaign = db.session(), campaign_of(number)
    require_for(campaign)
    find: Callable[[Session, int], AnnouncementText | None] = last_text if deed == "refuse" else standing_text
    found = that(find(session, campaign.id))
    try:
        words.end_text(session, found, note_read(), by=me, version=version_read())
    except Invalid as wrong:
        session.rollback()
        said = [problem.text for problem in wrong.problems]
        return make_response(text_page(campaign_of(number), said, shown(request.form.get("note", ""))), 422)
    flash(str(_("Done. Nobody outside reads it.")), "success")
    return redirect(url_for("announcing.text", number=number))


def that(found: AnnouncementText | None) -> AnnouncementText:
    if found is None:
        raise Refused("no_text", _("No words are written for this announcement"))
    return found


# --- previews ---


def closed(number: str) -> Campaign:
    """Before closing nothing is announced."""
    found = campaign_of(number)
    if found.status != CampaignStatus.CLOSED:
        raise Refused("not_closed", _("A campaign is announced once it is closed"))
    return found


def preview_of(campaign: Campaign) -> Preview:
    back = url_for("announcing.text", number=campaign.number)
    phone = url_for("announcing.phone", number=campaign.number)
    says = _("Preview of the announcement of %(number)s, as the public will read it.", number=campaign.number)
    return Preview(says, back, phone)


@announcing.get("/campaign/<number>/announcement/preview")
@acting
def preview(number: str) -> ResponseReturnValue:
    session, campaign = db.session(), closed(number)
    found = text_to_preview(session, campaign)
    drawn = campaign_page(session, campaign) | {"words": as_frozen(found) if found else None}
    return previewed("public/campaign.html", preview_of(campaign), **drawn)


@announcing.get("/campaign/<number>/announcement/preview/phone")
@acting
def phone(number: str) -> ResponseReturnValue:
    campaign = closed(number)
    back = url_for("announcing.text", number=number)
    return on_a_phone(_("On a telephone"), back, "announcing.preview", number=campaign.number)


@announcing.get("/campaign/<number>/announcement/preview.pdf")
@acting
def on_paper(number: str) -> ResponseReturnValue:
    """The paper, marked on every page: a second of work, of which nothing is kept."""
    campaign, language = closed(number), language_asked(request.args.get("in"))
    let_in("a preview", PRINTS)
    paper = paper_to_preview(db.session(), campaign, language)
    content = io.BytesIO(Press.of(settings()).preview(paper))
    answer = send_file(content, "application/pdf", download_name=f"preview-{language.value}.pdf")
    answer.headers["X-Robots-Tag"] = UNFOUND
    return answer
