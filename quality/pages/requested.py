"""What waits for a word of mine and is no case: deadlines, templates, words of announcements, years of a calendar."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.clocks.changing import waiting_for
from quality.clocks.drafts import missing_years, not_above_all, waiting
from quality.clocks.queries import calendar, subject_of, whole_and_part
from quality.core.words import Text, _
from quality.notices.operations.templates import to_confirm
from quality.pages.announcing import templates_that_wait, texts_that_wait
from quality.pages.kinds import kinds_for
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.checklist_editions import drafted_by_others as checklists_by_others


class Waiting(NamedTuple):
    number: str
    address: str


class Drafted(NamedTuple):
    says: Text
    called: str
    address: str


def clock_requests(session: Session, me: Actor) -> list[Waiting]:
    """One line a case, however many of its deadlines are meant."""
    found: dict[str, Waiting] = {}
    for asked in waiting_for(session, me):
        whole, _part = whole_and_part(subject_of(session, asked.clock))
        kind = next((each for each in kinds_for(me) if isinstance(whole, each.model)), None)
        if kind is not None:
            number = kind.number(whole)
            address = url_for("deadlines.listed", kind=kind.name, number=number)
            found[address] = Waiting(number, address)
    return list(found.values())


def years_to_enter(session: Session, me: Actor) -> list[int]:
    """For who can mend it: years whose notice should be known by now, and is not."""
    if not me.can(Can.CALENDAR_PROPOSE) or not_above_all(me):
        return []
    return missing_years(calendar(session))


def words_by_others(session: Session, me: Actor) -> list[Drafted]:
    """Of announcements, and of their templates."""
    if not me.can(Can.RESULT_APPROVE):
        return []
    says = _("Words of an announcement wait to be approved:")
    texts = [each for each in texts_that_wait(session, me) if each.is_waiting and each.drafted_by_id != me.id]
    found = [
        Drafted(says, each.campaign.title, url_for("announcing.text", number=each.campaign.number)) for each in texts
    ]
    for each in templates_that_wait(session, me):
        if each.drafted_by_id != me.id:
            address = url_for("announcing.template", wording=each.id)
            text = _("A template of announcements waits to be approved:")
            found.append(Drafted(text, str(word("campaign_kind", each.kind)), address))
    return found


def drafted_by_others(session: Session, me: Actor) -> list[Drafted]:
    """Templates of notices to confirm, years of the calendar to enter: each by its page."""
    found = [
        Drafted(
            _("A template of notices waits to be confirmed:"), each.name, url_for("templates.show", template=each.id)
        )
        for each in to_confirm(session, me)
    ]
    found += words_by_others(session, me)
    says = _("An evidence checklist waits to be approved:")
    found += [
        Drafted(says, each.category or str(_("Every purchase")), url_for("checklists.one", checklist=each.id))
        for each in checklists_by_others(session, me)
    ]
    if me.can(Can.CALENDAR_ENTER) and not not_above_all(me):
        found += [
            Drafted(
                _("A year of the calendar waits to be entered:"),
                str(each.year),
                url_for("calendar.drafted", draft=each.id),
            )
            for each in waiting(session)
            if each.drafted_by_id != me.id
        ]
    return found
