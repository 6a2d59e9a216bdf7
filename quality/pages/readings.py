"""The log of looks as a page, a workbook and the API show it: by whom, at what, for which reason, what stands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.pages.asking import as_number, cursor_of
from quality.pages.book import Lines
from quality.pages.forms.search import day_of
from quality.pages.moments import moment
from quality.pages.timeline import Names
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.looks import LookReason
from quality.people.models import Membership, Person
from quality.permissions import ROLES, Can
from quality.publication.search import visible
from quality.purchases.looks import Look, Page, Wanted, looked_at, numbers_of, subject_called

FIELDS = ("reader", "of", "reason", "from", "to")
PAGES = {"task": "desk.dossier", "sample": "desk.dossier", "cover_identity": "covers.one"}
MOST_IN_A_BOOK = 5000  # looks


class Asked(NamedTuple):
    typed: dict[str, str]  # only what was filled in
    wanted: Wanted
    problems: list[FieldProblem]

    def problem(self, name: str) -> Text | None:
        return next((each.text for each in self.problems if each.field == name), None)


class Line(NamedTuple):
    look: Look
    who: Text
    number: str
    address: str | None
    reason: Text
    what: Text
    facts: list[Text]


def asked_of(session: Session, me: Actor, args: Mapping[str, str]) -> Asked:
    """From the address: what cannot be understood is told at its field, and stays as it was typed."""
    typed = {name: text for name in FIELDS if (text := visible(args.get(name, ""))[:100])}
    problems: list[FieldProblem] = []
    first, last = day_of(typed, "from", problems), day_of(typed, "to", problems)
    if first and last and first > last:
        problems.append(FieldProblem("to", "before_from", _("Choose a last day that is not before the first")))
    if typed.get("reason", LookReason.OTHER) not in set(LookReason):
        problems.append(FieldProblem("reason", "unknown_reason", _("Choose one of the list")))
    reader = cursor_of(typed.get("reader", ""))
    if "reader" in typed and (reader is None or reader not in readers(session, me)):
        problems.append(FieldProblem("reader", "unknown_person", _("Choose one of the list")))
    subject = subject_called(session, me, as_number(typed["of"])) if "of" in typed else None
    if "of" in typed and subject is None:
        problems.append(
            FieldProblem("of", "no_such_case", _("Enter the number of a purchase, a sample or a cover identity here"))
        )
    flags = {name: bool(args.get(name)) for name in ("outstanding", "own_too")}
    typed |= {name: "1" for name, is_so in flags.items() if is_so}
    before = cursor_of(args.get("before", ""))
    return Asked(typed, Wanted(reader, subject, typed.get("reason", ""), first, last, before=before, **flags), problems)


def readers(session: Session, me: Actor) -> dict[int, str]:
    """Who may read identities in this agency, or could once, by name."""
    roles = [role for role, grant in ROLES.items() if Can.IDENTITY_READ in grant.may]
    asked = (
        sa.select(Person.id, Person.name, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == me.organisation_id, Membership.role.in_(roles))
        .order_by(Person.name, Person.id)
    )
    return {key: name or email for key, name, email in session.execute(asked.distinct())}


def lines_of(session: Session, me: Actor, looks: Sequence[Look]) -> list[Line]:
    if not looks:
        return []
    names = Names(session, {look.reader for look in looks if look.reader is not None}, me)
    numbers = numbers_of(session, looks)
    return [line_of(look, names.name(look.reader), numbers.get(look.subject, "—")) for look in looks]


def line_of(look: Look, who: Text, number: str) -> Line:
    kind, key = look.subject
    there: dict[str, Any] = {"cover": key} if kind == "cover_identity" else {"kind": kind, "number": number}
    return Line(
        look,
        who,
        number,
        None if number == "—" else url_for(PAGES[kind], **there),
        word("look_reason", look.reason) if look.reason else _("not asked then"),
        joined([word("looked_at", kind) for kind in dict.fromkeys(look.what)]),
        [word("look_fact", fact) for fact in look.facts],
    )


def joined(words: Sequence[Text]) -> Text:
    return str(_(", ")).join(map(str, words))


def book_lines(session: Session, me: Actor, wanted: Wanted) -> Lines:
    """All that are asked for, up to a bound, page by page."""
    lines: list[list[Any]] = [
        [
            _("Moment"),
            _("Who looked"),
            _("Of"),
            _("Read"),
            _("For which reason"),
            _("In their words"),
            _("What stands out"),
        ]
    ]
    page: Page | None = None
    while (page is None or page.older is not None) and len(lines) <= MOST_IN_A_BOOK:
        page = looked_at(session, me, wanted if page is None else wanted._replace(before=page.older))
        for line in lines_of(session, me, page.looks):
            lines.append([
                moment(line.look.at), line.who, line.number, line.what, line.reason, line.look.why, joined(line.facts),
            ])  # fmt: skip
    return lines
