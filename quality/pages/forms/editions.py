"""The next edition of an issued notice: drafted on a form that begins with the one in force, approved or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Drawn
from quality.core.words import Text, _
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices import operations
from quality.notices.editions import is_named, wording_of
from quality.notices.models import EditionKind, Notice, NoticeEdition
from quality.notices.operations.editing import (
    cannot_be_amended,
    cannot_be_approved,
    cannot_be_withdrawn,
    named_findings,
    nothing_to_drop,
)
from quality.notices.queries import findings_to_put_on
from quality.notices.workflow import WITH_THE_PLATFORM, called
from quality.pages.forms.fields import Choices, Paragraph
from quality.pages.forms.notices import Wording, alike_for, named_alike
from quality.pages.forms.sheet import Sheet
from quality.pages.kinds.shape import Deed, Made
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample, Task

MOST = 100  # findings that one page offers


class Amending(Wording):
    """Which clock runs is not amended: the platform's time would begin anew."""

    withdrawn = Choices(_("Listings to take back"), {}, _("Nothing is asked of the platform for them any more"))
    findings = Choices(
        _("Tested listings to add"), {}, _("Of this platform, confirmed as nonconforming, and on no notice yet")
    )
    alike = Choices(_("Alike listings to add"), {}, _("Confirmed as alike, of this platform, and on no notice yet"))
    reason = Paragraph(_("Why it is changed"), _("Stands first on the new edition, above what changed"), rows=2)


def amending(session: Session, notice: Notice, me: Actor) -> Amending:
    """Begun with what is drafted already, else with what was dropped last, else with what is in force."""
    begun = drafted(notice) or last_dropped(session, notice)
    form = Amending(data=begun_with(notice, begun))
    form.withdrawn.offered = {str(item.id): called(item) for item in notice.items if is_named(item)}
    findings = [*of_the_proposal(session, notice), *free_findings(session, notice, me)]
    form.findings.offered = {each.number: named_finding(each) for each in findings}
    form.alike.offered = {str(each.id): named_alike(each) for each in alike_of(session, notice, me)}
    for field in (form.withdrawn, form.findings, form.alike):  # what is taken meanwhile is not ticked
        field.data = [each for each in field.data or [] if each in field.offered]
    return form


def begun_with(notice: Notice, begun: NoticeEdition | None) -> dict[str, Any]:
    if begun is None:
        return wording_of(notice)
    tested = [each["snapshot"]["finding"] for each in begun.added if each["alike"] is None]
    return {
        **begun.wording,
        "reason": begun.reason,
        "withdrawn": [str(key) for key in begun.withdrawn],
        "findings": tested,
        "alike": [str(each["alike"]) for each in begun.added if each["alike"] is not None],
    }


def drafted(notice: Notice) -> NoticeEdition | None:
    """The next edition that goes on, if there is one: a withdrawal has no words of a notice."""
    return notice.proposed if notice.proposed and notice.proposed.kind is not EditionKind.WITHDRAWAL else None


def last_dropped(session: Session, notice: Notice) -> NoticeEdition | None:
    """What was drafted since the edition in force, and taken back or refused: to be mended."""
    asked = sa.select(NoticeEdition).where(
        NoticeEdition.notice_id == notice.id,
        NoticeEdition.edition > notice.edition,
        NoticeEdition.dropped_at.is_not(None),
        NoticeEdition.kind != EditionKind.WITHDRAWAL,
    )
    return session.scalars(asked.order_by(NoticeEdition.id.desc()).limit(1)).one_or_none()


def free_findings(session: Session, notice: Notice, me: Actor) -> list[Finding]:
    asked = (
        findings_to_put_on(me)
        .join(Finding.sample)
        .join(Sample.task)
        .join(Task.drawn)
        .where(Drawn.platform_id == notice.platform_id)
        .options(joinedload(Finding.sample))
    )
    return [each for each in session.scalars(asked.limit(MOST)) if each.id not in proposed_findings(notice)]


def proposed_findings(notice: Notice) -> set[int]:
    return named_findings(notice.proposed.added) if notice.proposed else set()


def of_the_proposal(session: Session, notice: Notice) -> list[Finding]:
    """What is named by the next edition already, tested ones, so that they stay ticked."""
    added = notice.proposed.added if notice.proposed else []
    return [session.get_one(Finding, int(each["finding"])) for each in added if each["alike"] is None]


def alike_of(session: Session, notice: Notice, me: Actor) -> list[Alike]:
    return alike_for(session, notice, me)


def named_finding(finding: Finding) -> str:
    return f"{finding.number} · {finding.sample.product_name}"


def amend(session: Session, notice: Notice, form: Any, me: Actor, version: int) -> None:
    said = dict(form.data)
    chosen, alike = set(said.pop("findings") or []), set(said.pop("alike") or [])
    withdrawn = [int(each) for each in said.pop("withdrawn") or [] if each in form.withdrawn.offered]
    findings = [*of_the_proposal(session, notice), *free_findings(session, notice, me)]
    operations.amend(
        session,
        notice,
        by=me,
        version=version,
        withdrawn=withdrawn,
        findings=[each for each in findings if each.number in chosen],
        alike=[each for each in alike_of(session, notice, me) if str(each.id) in alike],
        **said,
    )


def is_with_its_platform(notice: Notice) -> bool:
    return notice.status in WITH_THE_PLATFORM


def has_proposal(notice: Notice) -> bool:
    return notice.proposed is not None


def has_a_next(notice: Notice) -> bool:
    """One that goes on; a withdrawal is approved by withdrawing the notice."""
    return drafted(notice) is not None


def may_be_taken_back(notice: Notice) -> bool:
    return is_with_its_platform(notice) and notice.proposed is None


def withdrawal(session: Session, notice: Notice, by: Actor, version: int, note: str) -> None:
    operations.draft_withdrawal(session, notice, note, by=by, version=version)


def approve(session: Session, notice: Notice, by: Actor, version: int, note: str) -> None:
    operations.approve_edition(session, notice, by=by, version=version, note=note)


def drop(session: Session, notice: Notice, by: Actor, version: int, note: str) -> None:
    operations.drop_edition(session, notice, note, by=by, version=version)


WHY_NOT: Text = _("Why it is not issued")
EDITION_SHEETS: Mapping[str, Sheet] = {
    "amend": Sheet(
        amending,
        amend,
        _("The notice goes on as it is until another person has approved this and its document is sealed."),
        label=_("Draft the next edition"),
        by=Can.NOTICE_DRAFT,
        is_due=is_with_its_platform,
        also=[cannot_be_amended],
        may_wait=True,
    ),
}
EDITION_DEEDS: Mapping[str, Deed] = {
    "draft_withdrawal": Deed(
        _("Draft the withdrawal of the notice"),
        Can.NOTICE_DRAFT,
        may_be_taken_back,
        Made(withdrawal, _("Why it is withdrawn: the platform reads it"), must=True, also=(cannot_be_withdrawn,)),
        may_wait=True,
    ),
    "approve_edition": Deed(
        _("Approve the next edition"),
        Can.NOTICE_APPROVE,
        has_a_next,
        Made(approve, _("Note"), also=(cannot_be_approved,)),
    ),
    "refuse_edition": Deed(
        _("Refuse the next edition"),
        Can.NOTICE_APPROVE,
        has_proposal,
        Made(drop, WHY_NOT, must=True, also=(nothing_to_drop,)),
        may_wait=True,
    ),
    "drop_edition": Deed(
        _("Take the next edition back"),
        Can.NOTICE_DRAFT,
        has_proposal,
        Made(drop, WHY_NOT, must=True, also=(nothing_to_drop,)),
        may_wait=True,
    ),
}
