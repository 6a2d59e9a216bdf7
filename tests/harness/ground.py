"""Every address filled in with what the world has, for the table of tests/harness/permitted.py.

The case of each kind, with a part, a file, an upload, a person of it that are there, and beside each of these one that
belongs to another case, or to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, Rule

from quality.campaigns.models import Frame
from quality.core.events import id_of
from quality.core.workflow import Part, Workflow
from quality.documents.models import Document, Language
from quality.evidence.models import Exhibit
from quality.evidence.queries import exhibits_of
from quality.notices.batches import NoticeBatch
from quality.notices.texts import NoticeTemplate
from quality.objections.models import SentFile
from quality.pages.kinds import KINDS, Kind
from quality.pages.papers import PAPERS
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.publication.texts import AnnouncementTemplate
from quality.purchases.checklist_editions import ChecklistEdition
from quality.purchases.covers import CoverIdentity
from quality.standards.models import Standard
from quality.standards.queries import one_edition
from tests.harness.people import HOUSES

NOT_THERE, NOT_PERMITTED, NEITHER = 404, 403, 0
NOTHING = "nothing"  # a name that is no move's
NO_NUMBER = "X-YZ-2026-9999"


@dataclass
class Ground:
    """What the addresses are made of. Every case of a kind is held by its row; a person is an id."""

    session: Session
    cases: dict[str, list[Any]]
    uploads: dict[str, tuple[Any, Actor]]  # token: of which campaign, and whose
    people: list[int]
    memberships: list[int]
    codes: list[str]
    keys: dict[int, int | None]  # key: of which organisation
    apart: dict[int, Organisation]  # what a check condemned, and who had sent it
    endpoints: dict[str, int]  # handle: of which platform
    deliveries: list[int]  # of the first of these
    messages: dict[str, Any]  # webhook-id: about which notice
    tables: dict[str, Actor]  # token of a laboratory's table: whose
    libraries: dict[str, Actor]  # token of a library's workbook: whose
    answer_books: dict[str, Actor]  # token of a platform's workbook: whose
    standards: list[Standard]  # of the agency that most people here work in, and of another

    seen: dict[tuple[str, int, int | None], bool] = field(default_factory=dict)  # kind, case, person: see `visible`

    def visible(self, about: Kind, case: Any, actor: Actor) -> bool:
        """Asked of the database once: a case has many addresses."""
        key = about.name, case.id, actor.id
        if key not in self.seen:
            asked = about.visible_to(actor).where(about.model.id == case.id)
            self.seen[key] = actor.can(about.read) and self.session.scalars(asked.limit(1)).first() is not None
        return self.seen[key]


class Address(NamedTuple):
    rule: Rule
    values: dict[str, Any]
    about: Kind | None  # the kind of case that it is an address of
    case: Any  # the one it names, if it does and there is such a one

    def __str__(self) -> str:
        built = self.rule.build(self.values, append_unknown=False)
        assert built, f"{self.rule} with {self.values}"
        return built[1]


def addresses(ground: Ground, rule: Rule) -> Iterator[Address]:
    """The rule with everything filled in that the world has. A name that has no filling is a KeyError."""
    for about in KINDS.values() if "kind" in rule.arguments else [kind_of(rule)]:
        cases: Sequence[Any] = [*ground.cases[about.name], None] if about and "number" in rule.arguments else [None]
        for case in cases:
            known = {"kind": about and about.name, "number": about.number(case) if about and case else NO_NUMBER}
            others = sorted(rule.arguments - known.keys())
            filled = [fillings(ground, rule, name, about, case) for name in others]
            for chosen in product(*(filled if case or about is None else [each[:1] for each in filled])):
                yield Address(rule, known | dict(zip(others, chosen, strict=True)), about, case)


def kind_of(rule: Rule) -> Kind | None:
    names = [*rule.rule.strip("/").split("/"), "", ""]
    public = {"results": "result", "campaigns": "campaign", "draws": "campaign", "statistics": "campaign"}
    return KINDS.get(public.get(names[0], names[1]))


Filling = Callable[[Ground, Rule, Kind | None, Any], Sequence[Any]]


def fillings(ground: Ground, rule: Rule, name: str, about: Kind | None, case: Any) -> Sequence[Any]:
    converter = rule._converters[name]
    return sorted(converter.items) if isinstance(converter, AnyConverter) else FILLS[name](ground, rule, about, case)


def names_of_moves(_ground: Ground, rule: Rule, about: Kind | None, _case: Any) -> Sequence[str]:
    if about is None:  # a file of open data that nobody made
        return [NOTHING]
    if "part" in rule.arguments:
        names = {*about.part_sheets, *about.part_makes, *names_in(about.part_life)}
    else:
        names = {*about.sheets, *about.makes, *about.deeds, *names_in(about.life)}
    return [*sorted(names), NOTHING]


def names_in(life: Workflow[Any] | None) -> list[str]:
    return [move.name for move in life.transitions] if life else []


def parts(ground: Ground, _rule: Rule, about: Kind | None, case: Any) -> Sequence[int]:
    assert about
    own = [part.id for part in about.parts(case)][:1] if case else []
    others = [part.id for other in ground.cases[about.name] if other is not case for part in about.parts(other)]
    return [*own, *(others[:1] or [1])]


def files(ground: Ground, _rule: Rule, about: Kind | None, case: Any) -> Sequence[int]:
    """One of each kind, and one of another case."""
    assert about
    own = shown_on(ground, case) if case else []
    others = (each for rows in ground.cases.values() for row in rows for each in shown_on(ground, row))
    foreign = next(each.id for each in others if each not in own)
    return [*{each.kind: each.id for each in own}.values(), foreign]


def shown_on(ground: Ground, case: Any) -> list[Exhibit]:
    return exhibits_of(ground.session, *((case.whole, case) if isinstance(case, Part) else (case,)))


def codes(ground: Ground, _rule: Rule, about: Kind | None, case: Any) -> Sequence[str]:
    """On a page of a case: of its own papers, and one of another's."""
    if about is None or case is None:
        return [*ground.codes, *(document.code for document in documents_in(ground))]
    there = (
        {(subject.__tablename__, id_of(subject)) for _name, subject in PAPERS[about.name](case)}
        if about.name in PAPERS
        else set()
    )
    own = [each.code for each in documents_in(ground) if (each.subject_type, each.subject_id) in there]
    return list(dict.fromkeys([*own[:2], *own[-1:], *ground.codes[:1]]))


def documents_in(ground: Ground) -> list[Document]:
    """One of each kind and subject, in 中文."""
    asked = sa.select(Document).where(Document.language == Language.ZH).order_by(Document.id)
    return list({(each.kind, each.subject_type): each for each in ground.session.scalars(asked)}.values())


FILLS: dict[str, Filling] = {
    "name": names_of_moves,
    "part": parts,
    "exhibit": files,
    "token": lambda ground, _rule, about, _case: [*(ground.uploads if about else ground.tables), "0" * 32],
    "person": lambda ground, _rule, _about, _case: ground.people,
    "membership": lambda ground, _rule, _about, _case: ground.memberships,
    "edition": lambda _ground, _rule, _about, _case: [1, 99],
    "phone": lambda _ground, _rule, _about, _case: [1],
    "meeting": lambda _ground, _rule, _about, _case: [1],
    "piece": lambda _ground, _rule, _about, _case: [1],  # nobody here has one
    "passkey": lambda _ground, _rule, _about, _case: [1],
    "sitting": lambda _ground, _rule, _about, _case: [1],
    "code": codes,
    "fingerprint": lambda *_where: ["0" * 64],
    "sheet": lambda *_where: ["items", "results"],
    "form": lambda *_where: ["csv"],
    "day": lambda *_where: ["2020-01-01"],
    "stretch": lambda *_where: [0, 9999],
    "quarantine": lambda ground, _rule, _about, _case: [*ground.apart, 9999],
    "link": lambda _ground, _rule, _about, _case: ["0" * 43],  # a letter's own are asked in tests/pages/test_reply.py
    "file": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(SentFile.id)), 9999],
    "key": lambda ground, _rule, _about, _case: [*ground.keys, 9999],
    "handle": lambda ground, _rule, _about, _case: [*ground.endpoints, "0" * 16],
    "delivery": lambda ground, _rule, _about, _case: [*ground.deliveries[:1], 9999],
    "player": lambda _ground, _rule, _about, _case: ["buyer", NOTHING],
    "category": lambda *_where: ["无"],
    "producer": lambda *_where: ["0" * 16, "无名厂"],
    "run": lambda _ground, _rule, _about, _case: ["CF-TL-2026-0001"],
    "message": lambda ground, _rule, _about, _case: [*ground.messages, "msg_0"],
    "standard": lambda ground, _rule, _about, _case: [*(each.id for each in ground.standards), 9999],
    "frame": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(Frame.id)), 9999],
    "book": lambda ground, _rule, _about, _case: [*ground.answer_books, "0" * 32],
    "upload": lambda ground, _rule, _about, _case: [*ground.libraries, "0" * 32],
    "table": lambda *_where: ["0" * 32],
    "told": lambda *_where: [NO_NUMBER],  # a platform's own are asked in tests/pages/test_told.py
    "laboratory": lambda _ground, _rule, _about, _case: [HOUSES["laboratory"], HOUSES["second_laboratory"], "NONE"],
    "cover": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(CoverIdentity.id)), 9999],
    "buyer": lambda ground, _rule, _about, _case: [*ground.people, 9999],
    "batch": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(NoticeBatch.id)), 9999],
    "template": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(NoticeTemplate.id)), 9999],
    "checklist": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(ChecklistEdition.id)), 9999],
    "wording": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(AnnouncementTemplate.id)), 9999],
    "entry": lambda ground, _rule, _about, _case: [*entries(ground), 9999],
    "platform": lambda _ground, _rule, _about, _case: [HOUSES["platform"], HOUSES["laboratory"], "NONE"],
}


def entries(ground: Ground) -> dict[int, Standard]:
    """The test items of every standard."""
    editions = [(one_edition(ground.session, each), each) for each in ground.standards]
    return {item.id: of for edition, of in editions for item in edition.items}
