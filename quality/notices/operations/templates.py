"""An agency edits its templates: a new edition is drafted by one person and confirmed by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import Reason, _
from quality.core.workflow import begin, record
from quality.notices.permit import permit
from quality.notices.texts import LANGUAGES, SHIPPED, SHIPPED_NAME, TEXTS, NoticeTemplate, problems_of
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can

MOST = 200  # editions that are read at once
FEW = 20  # that ring at once


class InForce(NamedTuple):
    """What who drafts may choose. `id` None: the shipped one."""

    id: int | None
    name: str
    edition: int
    says: Mapping[str, Any]


SHIPPED_ONE = InForce(None, SHIPPED_NAME, 0, SHIPPED)


def templates_of(session: Session, actor: Actor) -> list[NoticeTemplate]:
    """Every edition of the own agency, by name, the newest first."""
    if not (actor.can(Can.NOTICE_DRAFT) or actor.can(Can.NOTICE_APPROVE)):
        return []
    of = sa.select(NoticeTemplate).where(NoticeTemplate.agency_id == actor.organisation_id)
    of = of.options(joinedload(NoticeTemplate.drafted_by), joinedload(NoticeTemplate.confirmed_by))
    return list(session.scalars(of.order_by(NoticeTemplate.name, NoticeTemplate.edition.desc()).limit(MOST)))


def to_confirm(session: Session, actor: Actor) -> list[NoticeTemplate]:
    """What others of the agency drafted, and waits for somebody who may confirm it."""
    if not actor.can(Can.NOTICE_APPROVE):
        return []
    waits = sa.and_(NoticeTemplate.confirmed_at.is_(None), NoticeTemplate.refused_at.is_(None))
    of = sa.select(NoticeTemplate).where(NoticeTemplate.agency_id == actor.organisation_id, waits)
    return list(
        session.scalars(of.where(NoticeTemplate.drafted_by_id != actor.id).order_by(NoticeTemplate.id).limit(FEW))
    )


def one_template(session: Session, actor: Actor, template_id: int) -> NoticeTemplate:
    found = next((each for each in templates_of(session, actor) if each.id == template_id), None)
    if found is None:
        raise NotFound(str(template_id))
    return found


def in_force(session: Session, actor: Actor) -> list[InForce]:
    """The newest confirmed edition of each name that is not retired, and the shipped one last."""
    found: dict[str, InForce] = {}
    for each in templates_of(session, actor):
        if each.confirmed_at is not None and each.retired_at is None:
            found.setdefault(each.name, InForce(each.id, each.name, each.edition, each.says))
    return [*found.values(), SHIPPED_ONE]


def chosen(session: Session, actor: Actor, name: str | None) -> InForce:
    """The template in force with this name; None: the first that is offered."""
    offered = in_force(session, actor)
    if name is None:
        return offered[0]
    found = next((each for each in offered if each.name == name), None)
    if found is None:
        raise Invalid(FieldProblem("template", "unknown", _("There is no template in force with this name")))
    return found


def before(session: Session, template: NoticeTemplate) -> NoticeTemplate | None:
    """The confirmed edition that this one takes, or took, the place of."""
    of = sa.select(NoticeTemplate).where(
        NoticeTemplate.agency_id == template.agency_id,
        NoticeTemplate.name == template.name,
        NoticeTemplate.edition < template.edition,
        NoticeTemplate.confirmed_at.is_not(None),
    )
    return session.scalars(of.order_by(NoticeTemplate.edition.desc()).limit(1)).one_or_none()


def propose_template(
    session: Session, *, name: str, says: Mapping[str, Any], by: Actor, version: int | None = None
) -> NoticeTemplate:
    """The next edition of the template with this name, or what waits for confirmation drafted anew.

    `version`: of the one that waits, as it was read; None: none was seen.
    """
    permit(by, Can.NOTICE_DRAFT)
    assert by.id is not None and by.organisation_id is not None, "a person of an agency drafts"
    said, called = tidy(says), name.strip()
    if problems := list(problems_of(called, said)):
        raise Invalid(*problems)
    session.execute(sa.select(Organisation.id).where(Organisation.id == by.organisation_id).with_for_update())
    of = sa.select(NoticeTemplate).filter_by(agency_id=by.organisation_id, name=called)
    last = session.scalars(of.order_by(NoticeTemplate.edition.desc()).limit(1)).one_or_none()
    if last is not None and not last.is_waiting and last.confirmed_at and last.says == said and not last.retired_at:
        raise Invalid(FieldProblem("name", "nothing_changed", _("This says what the edition in force says")))
    if last is None or not last.is_waiting:
        made = NoticeTemplate(
            agency_id=by.organisation_id, name=called, edition=(last.edition if last else 0) + 1, says=said,
            drafted_by_id=by.id, drafted_at=clock.now(),
        )  # fmt: skip
        begin(session, made, by=by, details={"edition": made.edition})
        return made
    facts = {"says": said, "drafted_by_id": by.id, "drafted_at": clock.now()}
    record(session, last, "revise", by=by, version=-1 if version is None else version, facts=facts)
    return last


def tidy(says: Mapping[str, Any]) -> dict[str, Any]:
    texts = {lang: {field: str(says[lang].get(field) or "").strip() for field in TEXTS} for lang in LANGUAGES}
    return {"kind": str(says["kind"]), "measures": [str(each) for each in says["measures"]], **texts}


def confirm_template(session: Session, template: NoticeTemplate, *, by: Actor, version: int | None = None) -> None:
    """Who drafts a notice is offered this edition from now on. What was drafted from the one before stays as it is."""
    permit(by, Can.NOTICE_APPROVE, template)
    facts = {"confirmed_by_id": by.id, "confirmed_at": clock.now()}
    if no := cannot_be_confirmed(template, by):
        raise Refused.because(no)
    record(session, template, "confirm", by=by, version=version, facts=facts)


def refuse_template(
    session: Session, template: NoticeTemplate, note: str, *, by: Actor, version: int | None = None
) -> None:
    permit(by, Can.NOTICE_APPROVE if by.can(Can.NOTICE_APPROVE) else Can.NOTICE_DRAFT, template)
    if no := waits_no_more(template):
        raise Refused.because(no)
    record(session, template, "refuse", by=by, version=version, note=note, facts={"refused_at": clock.now()})


def retire_template(session: Session, template: NoticeTemplate, *, by: Actor, version: int | None = None) -> None:
    """The template of this name is offered no more. A later edition brings it back."""
    permit(by, Can.NOTICE_APPROVE, template)
    if template.confirmed_at is None or template.retired_at is not None:
        raise Refused("not_in_force", _("This edition is not in force"))
    record(session, template, "retire", by=by, version=version, facts={"retired_at": clock.now()})
    while earlier := before(session, template):  # or the edition before it would be offered instead
        if earlier.retired_at is not None:
            return
        record(session, earlier, "retire", by=by, facts={"retired_at": clock.now()})
        template = earlier


def cannot_be_confirmed(template: NoticeTemplate, actor: Actor) -> Reason | None:
    if template.is_waiting and template.drafted_by_id == actor.id:
        return Reason("same_person", _("Someone other than the drafter must confirm"))
    return waits_no_more(template)


def waits_no_more(template: NoticeTemplate) -> Reason | None:
    return None if template.is_waiting else Reason("decided_already", _("This edition was decided on already"))
