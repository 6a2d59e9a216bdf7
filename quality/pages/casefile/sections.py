"""The parts of a dossier that any case has: deadlines, who had it, papers, the record. Plain texts in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.queries import Shown, clocks_of_all, shown
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.words import Text, _
from quality.core.workflow import Case, Part
from quality.documents.models import DocumentKind
from quality.documents.queries import documents_for
from quality.documents.readers import Reader
from quality.pages.deadlines import NEEDLESS, RAN_OUT
from quality.pages.held import held
from quality.pages.kinds import Kind
from quality.pages.timeline import Names, events_of, lines_of, person_of
from quality.pages.words import word
from quality.people.actor import Actor

MOST_EVENTS = 5_000
Section = dict[str, Any]  # as a document keeps it: title, head, rows, subs


def section(
    title: Text, head: Sequence[Text], rows: Sequence[Sequence[object]], subs: Sequence[Section] = ()
) -> Section:
    return {
        "title": str(title),
        "head": [str(each) for each in head],
        "rows": [["" if cell is None else str(cell) for cell in row] for row in rows],
        "subs": list(subs),
    }


def at(moment: datetime | None) -> str:
    """To the minute, in Beijing, with its year: it is read years later."""
    return "" if moment is None else f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def clocks_section(session: Session, subjects: list[Case | Part], called: Mapping[str, Text]) -> Section:
    """Each clock with how it was counted, and what was changed of it for which reason."""
    rows = []
    for one in clocks_of_all(session, subjects):
        told = shown(one, clock.now())
        of = called.get(f"{one.subject_type}:{one.subject_id}", "")
        rows.append((told.name, of, at(told.started_at), told.due_on.isoformat(), ending(told), told.explanation))
    head = (_("Deadline"), _("Of"), _("Began"), _("Due"), _("How it ended"), _("How it was counted"))
    return section(_("Deadlines"), head, rows)


def ending(one: Shown) -> Text:
    if one.stopped_at is None:
        return _("overdue") if one.overdue else _("runs")
    why = RAN_OUT.get(one.outcome or "") or NEEDLESS.get(one.outcome or "")
    return f"{at(one.stopped_at)} {why or (_('done late') if one.overdue else _('done in time'))}"


def held_section(session: Session, kind: Kind, case: Any, me: Actor) -> Section:
    found = held(session, kind, case, me)
    rows = [(who, at(since), at(until), long) for who, since, until, long in found.stretches] if found else []
    return section(_("Who has had it"), (_("Who"), _("From"), _("Until"), _("How long")), rows)


def papers_section(session: Session, subject: tuple[str, int]) -> Section:
    """What was put on paper of it before, but for earlier dossiers."""
    rows = [
        (
            word("document", each.kind),
            each.edition,
            word("language", each.language),
            at(each.asked_at),
            each.code,
            each.sha256,
            _("withdrawn %(moment)s", moment=at(each.withdrawn_at)) if each.withdrawn_at else "",
        )
        for each in documents_for(session, [subject], Reader.AGENCY)
        if each.kind != DocumentKind.DOSSIER
    ]
    head = (_("Paper"), _("Edition"), _("Language"), _("Dated"), _("Verification code"), "SHA-256", _("State"))
    return section(_("Papers"), head, rows)


def record_section(session: Session, case: Any, me: Actor, called: Mapping[str, Text]) -> Section:
    """The record, the oldest first, with number and digest of each event."""
    events = session.scalars(events_of(case)).all()[:MOST_EVENTS]
    events = sorted(events, key=lambda event: event.seq)
    who = ForOthers(session, {person for event in events if (person := person_of(event.actor))}, me)
    lines = lines_of(session, events, me, case, who=who)
    rows = [
        (
            line.seq,
            at(line.at),
            line.who,
            " · ".join(filter(None, (str(line.did), str(called.get(event.part or "", ""))))),
            line.note,
            line.digest,
        )
        for event, line in zip(events, lines, strict=True)
    ]
    head = (_("No."), _("Moment"), _("Who"), _("What"), _("Note"), _("Digest"))
    return section(_("What happened"), head, rows)


class ForOthers(Names):
    """As the asker reads names, but for their own: others read the paper too."""

    def name(self, person: int | None) -> Text:
        if person is None or person != self.me.id:
            return super().name(person)
        return self.named(person)
