"""What a platform says of a listing, and what we saw at its address ourselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session, joinedload

from quality.captures.models import Capture
from quality.captures.queries import pictures_of, to_look_at
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Text, _
from quality.delivery import operations as delivery
from quality.delivery.by_post import asked_at, prove_by_post
from quality.evidence.models import EvidenceKind
from quality.likeness.models import Alike
from quality.notices import operations
from quality.notices.answers import OutcomeEntry
from quality.notices.editions import Superseded
from quality.notices.models import Measure, Notice, NoticeItem, NoticeKind, NoticeStatus, Outcome
from quality.notices.operations.adding import something_is_alike
from quality.notices.operations.alike import waiting_for_a_notice
from quality.notices.operations.grouping import Grouping
from quality.notices.operations.looking import EXCUSES
from quality.notices.operations.templates import InForce, chosen
from quality.notices.workflow import called, names_more_than_one_listing
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choice, Choices, Files, Form, Line, Moment, Paragraph, Unseen, Whole
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.moments import moment
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.search.jobs import index_again

MOST_ALIKE = 200  # that one page offers
FEW_DIGITS = 4  # of an edition
YES = "yes"
SEEN: dict[str, Text] = {"gone": _("Gone: it cannot be bought any more"), "there": _("Still on sale")}


class OfAKind(Form):
    kind = Choice(_("Kind"), _("Which deadline runs: by order the platform has the shorter one"))


class Wording(Form):
    legal_basis = Paragraph(_("Legal basis"))
    reasons = Paragraph(_("Reasons"), _("Citing the provision that is not met"))
    measures = Choices(_("To be done"), {measure: word("measure", measure.value) for measure in Measure})
    answer_to = Line(_("Answer to"), _("Office, telephone or address for questions"), optional=True)
    how_to_object = Paragraph(_("How to object"), optional=True)


class Drafting(OfAKind, Wording):
    """The kind first: fields stand in the order in which they were made."""


def drafting(session: Session, _case: Any, me: Actor) -> Drafting:
    """With the texts of the first template that is offered, for people to fit to the case."""
    return offering_kinds(Drafting(data=begun_with(chosen(session, me, None))))


def begun_with(template: InForce) -> dict[str, Any]:
    """What a form of a notice begins with. A notice is 中文 whatever its drafter's language."""
    return {"kind": template.says["kind"], "measures": list(template.says["measures"]), **template.says["zh"]}


def revising(_session: Session, notice: Notice, _me: Actor) -> Drafting:
    shown = {name: getattr(notice, name) for name in ("legal_basis", "reasons", "answer_to", "how_to_object")}
    return offering_kinds(Drafting(data={"kind": notice.kind.value, "measures": notice.measures, **shown}))


def offering_kinds(form: Drafting) -> Drafting:
    form.kind.offer({kind.value: word("notice_kind", kind.value) for kind in NoticeKind})
    return form


def revise(session: Session, notice: Notice, form: Any, me: Actor, version: int) -> None:
    operations.revise(session, notice, by=me, version=version, **form.data)


class TakingOff(Form):
    listings = Choices(
        _("Listings to take off"), {}, _("Their findings wait for a notice again, and may be put on another")
    )
    why = Line(_("Why they are taken off"), _("Stands in the record"), optional=True)


def taking_off(_session: Session, notice: Notice, _me: Actor) -> TakingOff:
    form = TakingOff()
    form.listings.offered = {str(item.id): called(item) for item in notice.items}
    return form


def take_off(session: Session, notice: Notice, form: Any, me: Actor, version: int) -> None:
    chosen = [int(each) for each in form.listings.data or [] if each in form.listings.offered]
    note = (form.why.data or "")[:1000]
    operations.take_off(session, notice, chosen, by=me, version=version, note=note)
    index_again(session, notice)


GROUPING: dict[str, Text] = {
    Grouping.PLATFORM.value: _("One notice for each platform"),
    Grouping.FINDING.value: _("One notice for each finding and platform"),
}


class Adding(Form):
    alike = Choices(_("Listings to put on"), {}, _("Confirmed as alike, of this platform, and on no notice yet"))


def adding(session: Session, notice: Notice, me: Actor) -> Adding:
    form = Adding()
    form.alike.offered = {str(each.id): named_alike(each) for each in alike_for(session, notice, me)}
    return form


def alike_for(session: Session, notice: Notice, me: Actor) -> list[Alike]:
    there = waiting_for_a_notice(me).where(Alike.platform_id == notice.platform_id)
    return list(session.scalars(there.options(joinedload(Alike.finding)).order_by(Alike.id).limit(MOST_ALIKE)))


def named_alike(each: Alike) -> str:
    said = each.listing.get
    what = (said("title"), said("shop_name"), each.listing_id, word("item_kind", each.kind), each.finding.number)
    return " · ".join(str(part) for part in what if part)


def add_alike(session: Session, notice: Notice, form: Any, me: Actor, version: int) -> None:
    chosen = {int(each) for each in form.alike.data or [] if each in form.alike.offered}
    there = [each for each in alike_for(session, notice, me) if each.id in chosen]
    operations.add_alike(session, notice, there, by=me, version=version)
    index_again(session, notice)


class DraftingSeveral(Drafting):
    reasons_untested = Paragraph(
        _("Reasons where no listing was tested"),
        _("Of a notice that names listings of the same product or seller only, in place of the reasons above"),
        optional=True,
    )
    template = Unseen()
    findings = Choices(_("Findings"), {}, _("Confirmed as nonconforming, and on no notice yet"))
    alike = Choices(
        _("Same product, same seller"), {}, _("Not tested themselves, confirmed as alike, and on no notice yet")
    )
    everything = Choices(
        _("All that waits"),
        {YES: _("Everything that waits for a notice, also what is not shown here; a job drafts it")},
    )
    grouping = Choice(_("How many notices"))


class Acknowledgement(Form):
    reference = Line(_("Your own reference"), _("Under which you handle this notice"))


def acknowledge(session: Session, notice: Notice, form: Any, me: Actor, version: int) -> None:
    delivery.acknowledge(session, notice, form.reference.data, by=me, version=version)


class Posted(Form):
    received_at = Moment(_("Received at"), _("Beijing time, as the receipt says; the platform's periods run from here"))
    receipt_no = Line(_("Number of the postal receipt"))
    receipt = Files(_("The postal receipt"), _("A picture or a PDF of it"), many=False)


def posted(session: Session, notice: Notice, form: Any, me: Actor, version: int) -> None:
    [receipt] = taken_in(session, form.receipt.data, EvidenceKind.RECEIPT, by=me)
    prove_by_post(session, notice, form.received_at.data, form.receipt_no.data, receipt, by=me, version=version)


class Answer(Form):
    outcome = Choice(_("What became of the listing"))
    acted_at = Moment(_("Done at"), _("Beijing time; for a listing that you removed"), optional=True)
    units_sold = Whole(_("Units sold until then"), optional=True)
    swept = Paragraph(
        _("Other listings of the same product that you removed"),
        _("One address a line, in full"),
        optional=True,
        rows=2,
    )
    reason = Paragraph(_("Reason"), _("Needed where you refuse"), optional=True, rows=2)
    evidence = Files(_("Evidence"), _("Screenshots or records that show it"), optional=True)


class AnswerOne(Answer):
    edition = Unseen()  # of the notice, that the page showed

    def read_edition(self) -> int | None:
        said = self.edition.data or ""
        return int(said) if said.isascii() and said.isdigit() and len(said) <= FEW_DIGITS else None


def answering(_session: Session, item: NoticeItem, _me: Actor) -> Answer:
    form = AnswerOne(data={"edition": str(item.notice.edition)})
    form.outcome.offer({outcome.value: word("outcome", outcome.value) for outcome in Outcome})
    return form


def answer(session: Session, item: NoticeItem, form: Any, me: Actor, version: int) -> None:
    proofs = taken_in(session, form.evidence.data, EvidenceKind.PLATFORM_PROOF, by=me)
    entry = OutcomeEntry(
        item.listing_id,
        form.outcome.data,
        acted_at=form.acted_at.data,
        reason=form.reason.data,
        units_sold=form.units_sold.data,
        swept=form.swept.data.split(),
        evidence=proofs,
    )
    unchanged(session, item, version)
    try:
        [answered] = delivery.answer(session, item.notice, [entry], by=me, edition=form.read_edition())
    except Superseded as no:
        form.edition.raw_data = [str(item.notice.edition)]  # sent once more, it was read
        raise Invalid(FieldProblem("", no.code, no.reason)) from no
    if answered.problems:
        raise Invalid(*answered.problems)
    if not answered.ok:
        raise Refused(answered.code, answered.reason)


class Look(Form):
    seen = Choice(_("What you found at the address"))
    seen_at = Moment(_("Looked at"), _("Beijing time"))
    reason = Paragraph(_("What you saw, in your words"), _("Needed where it is still on sale"), optional=True)
    evidence = Files(_("Evidence"), _("Your own screenshot or recording, never the platform's"))


class LookAtCapture(Look):
    evidence = Files(_("Evidence"), _("Your own screenshot or recording, never the platform's"), optional=True)
    capture = Choice(
        _("Automatic capture"),
        _("The picture that you looked at; then the moment is that of the picture"),
        optional=True,
    )


def looking(session: Session, item: NoticeItem, _me: Actor) -> Look:
    there = to_look_at(session, item)
    form = LookAtCapture() if there else Look()
    form.process(data={"seen_at": clock.now()})
    form.seen.offer(SEEN)
    if isinstance(form, LookAtCapture):
        none = {"": _("None: I looked at the page itself")}
        form.capture.offer(none | {str(each.id): captured(each) for each in there})
    return form


def to_look_at_here(session: Session, item: NoticeItem, _form: Form) -> dict[str, Any]:
    """Where the listing is, and the pictures of it that nobody has looked at yet."""
    there = to_look_at(session, item)
    pictures = pictures_of(session, there)
    shown = [(captured(each), each.address, pictures.get((item.id, each.sha256 or ""))) for each in there]
    return {"address": str(item.snapshot["listing"]["url"] or ""), "captures": shown}


def captured(one: Capture) -> Text:
    assert one.made_at and one.suggests, "it was made"
    return _("%(at)s: %(suggests)s", at=moment(one.made_at), suggests=word("suggestion", one.suggests))


def look(session: Session, item: NoticeItem, form: Any, me: Actor, _version: int) -> None:
    """A look is true whatever was done meanwhile; what follows from it is a move that carries its version."""
    chosen = form.capture.data if isinstance(form, LookAtCapture) else ""
    picture = next((each for each in to_look_at(session, item) if str(each.id) == chosen), None)
    operations.look(
        session,
        item,
        gone=form.seen.data == "gone",
        seen_at=picture.made_at if picture and picture.made_at else form.seen_at.data,
        evidence=[
            *([picture.sha256] if picture and picture.sha256 else []),
            *taken_in(session, form.evidence.data, EvidenceKind.LOOK, by=me),
        ],
        by=me,
        reason=form.reason.data,
    )


class Excusing(Form):
    why = Choice(_("Reason"))
    note = Paragraph(_("Note"), optional=True)


def excusing(_session: Session, _item: NoticeItem, _me: Actor) -> Excusing:
    form = Excusing()
    form.why.offer({why.value: word("excuse", why.value) for why in EXCUSES})
    return form


def excuse(session: Session, item: NoticeItem, form: Any, me: Actor, version: int) -> None:
    operations.excuse(session, item, form.why.data, by=me, note=form.note.data, version=version)


def can_be_looked_at(item: NoticeItem) -> bool:
    return item.notice.issued_at is not None and item.notice.status != NoticeStatus.WITHDRAWN


def is_draft(notice: Notice) -> bool:
    return notice.status == NoticeStatus.DRAFT


NOTICE_SHEETS = {
    "acknowledge": Sheet(lambda _session, _notice, _me: Acknowledgement(), acknowledge),
    "posted": Sheet(
        lambda _session, _notice, _me: Posted(),
        posted,
        _("Print the notice, send it by post, and record the receipt that comes back."),
        label=_("Record the postal receipt"),
        by=Can.NOTICE_DRAFT,
        is_due=lambda notice: bool(asked_at(notice)),
    ),
    "revise": Sheet(
        revising,
        revise,
        label=_("Change the draft"),
        by=Can.NOTICE_DRAFT,
        is_due=is_draft,
    ),
    "put_on": Sheet(
        adding,
        add_alike,
        label=_("Put alike listings on"),
        by=Can.NOTICE_DRAFT,
        is_due=is_draft,
        also=[something_is_alike],
    ),
    "take_off": Sheet(
        taking_off,
        take_off,
        label=_("Take listings off"),
        by=Can.NOTICE_DRAFT,
        is_due=is_draft,
        also=[names_more_than_one_listing],
    ),
}
LISTING_SHEETS = {
    "claim": Sheet(
        answering,
        answer,
        _("What you say here is shown as your claim until the agency has seen it to be true."),
        answers=frozenset({"not_served"}),
    ),
    "look": Sheet(
        looking,
        look,
        label=_("Record a look"),
        by=Can.ITEM_VERIFY,
        is_due=can_be_looked_at,
        template="desk/look.html",
        shown=to_look_at_here,
    ),
    "excuse": Sheet(excusing, excuse, answers=frozenset({"no_reason"})),
}
