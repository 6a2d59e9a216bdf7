"""What the permission tables say that each address answers to each actor: 404, 403, or neither of them.

Every address is made of what the world has: the case of each kind, with a part, a file, an upload, a person of it that
are there, and beside each of these one that belongs to another case, or to nobody. CONTRACT.md §2 gives the order: what
is out of scope is not there (404), and only of what is there a role learns that it may not (403).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, Rule

from quality.campaigns.queries import left_out
from quality.core.events import id_of
from quality.core.workflow import Part, Workflow
from quality.documents.models import Document, Language
from quality.documents.queries import with_code
from quality.evidence.media import has_copy
from quality.evidence.models import Exhibit
from quality.evidence.queries import exhibits_of, may_have_the_original
from quality.notices.batches import NoticeBatch
from quality.notices.texts import NoticeTemplate
from quality.objections.models import SentFile
from quality.objections.queries import files_of
from quality.pages.exhibits import exhibits, protected
from quality.pages.kinds import KINDS, Kind
from quality.pages.papers import PAPERS, find
from quality.pages.tracing import case_of
from quality.people import queries
from quality.people.access import ACCESS, ACTING, ONCE_FOUND, named
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind, Person
from quality.permissions import Can, Sees
from quality.purchases.operations import may_not_read
from quality.standards.models import Standard
from quality.standards.queries import one_edition
from tests.harness.people import HOUSES

NOT_THERE, NOT_PERMITTED, NEITHER = 404, 403, 0
NOTHING = "nothing"  # a name that is no move's
NO_NUMBER = "X-YZ-2026-9999"
# the list that was drawn and what it was drawn from: the own agency's secret until closing, and not there for others
OF_THE_OWN_AGENCY = {"drawing.page", "drawing.design", "drawing.frame", "desk.drawn_list", "framing.left_out"}


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

    def visible(self, about: Kind, case: Any, actor: Actor) -> bool:
        asked = about.visible_to(actor).where(about.model.id == case.id)
        return actor.can(about.read) and self.session.scalars(asked.limit(1)).first() is not None


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
    public = {"results": "result", "campaigns": "campaign", "draws": "campaign"}
    return KINDS.get(public.get(names[0], names[1]))


Filling = Callable[[Ground, Rule, Kind | None, Any], Sequence[Any]]


def fillings(ground: Ground, rule: Rule, name: str, about: Kind | None, case: Any) -> Sequence[Any]:
    converter = rule._converters[name]
    return sorted(converter.items) if isinstance(converter, AnyConverter) else FILLS[name](ground, rule, about, case)


def names_of_moves(_ground: Ground, rule: Rule, about: Kind | None, _case: Any) -> Sequence[str]:
    assert about
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
    "passkey": lambda _ground, _rule, _about, _case: [1],
    "sitting": lambda _ground, _rule, _about, _case: [1],
    "code": codes,
    "fingerprint": lambda *_where: ["0" * 64],
    "quarantine": lambda ground, _rule, _about, _case: [*ground.apart, 9999],
    "link": lambda _ground, _rule, _about, _case: ["0" * 43],  # a letter's own are asked in tests/pages/test_reply.py
    "file": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(SentFile.id)), 9999],
    "key": lambda ground, _rule, _about, _case: [*ground.keys, 9999],
    "handle": lambda ground, _rule, _about, _case: [*ground.endpoints, "0" * 16],
    "delivery": lambda ground, _rule, _about, _case: [*ground.deliveries[:1], 9999],
    "player": lambda _ground, _rule, _about, _case: ["buyer", NOTHING],
    "run": lambda _ground, _rule, _about, _case: ["CF-TL-2026-0001"],
    "message": lambda ground, _rule, _about, _case: [*ground.messages, "msg_0"],
    "standard": lambda ground, _rule, _about, _case: [*(each.id for each in ground.standards), 9999],
    "book": lambda ground, _rule, _about, _case: [*ground.answer_books, "0" * 32],
    "upload": lambda ground, _rule, _about, _case: [*ground.libraries, "0" * 32],
    "laboratory": lambda _ground, _rule, _about, _case: [HOUSES["laboratory"], HOUSES["second_laboratory"], "NONE"],
    "batch": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(NoticeBatch.id)), 9999],
    "template": lambda ground, _rule, _about, _case: [*ground.session.scalars(sa.select(NoticeTemplate.id)), 9999],
    "entry": lambda ground, _rule, _about, _case: [*entries(ground), 9999],
    "platform": lambda _ground, _rule, _about, _case: [HOUSES["platform"], HOUSES["laboratory"], "NONE"],
}


def entries(ground: Ground) -> dict[int, Standard]:
    """The test items of every standard."""
    editions = [(one_edition(ground.session, each), each) for each in ground.standards]
    return {item.id: of for edition, of in editions for item in edition.items}


def of_a_standard(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """A library is its agency's own: nobody else's, not of the agency above."""
    own = [
        each for each in ground.standards if each.agency_id == actor.organisation_id and each.id == values["standard"]
    ]
    if not own or not actor.can(Can.STANDARD_READ):
        return NOT_THERE
    if isinstance(access, Can) and not actor.can(access):
        return NOT_PERMITTED
    return NEITHER if "entry" not in values or entries(ground).get(values["entry"]) in own else NOT_THERE


def of_a_template(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """A template of notices, or a batch: its own agency's, for whoever drafts or approves its notices."""
    model, key = (NoticeBatch, values["batch"]) if "batch" in values else (NoticeTemplate, values["template"])
    found: Any = ground.session.get(model, key)
    works = actor.can(Can.NOTICE_DRAFT) or actor.can(Can.NOTICE_APPROVE)
    if found is None or not works or found.agency_id != actor.organisation_id:
        return NOT_THERE
    return NEITHER if not isinstance(access, Can) or actor.can(access) else NOT_PERMITTED


def of_a_house(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """A laboratory, or how a platform acts on notices: its own page names no platform."""
    if "laboratory" in values:
        return of_a_laboratory(ground, values, actor, access)
    return NEITHER if actor.can(Can.PLATFORM_READ) and values["platform"] == HOUSES["platform"] else NOT_THERE


def of_a_laboratory(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """Any of them for an agency, the own one for who works in one."""
    asked = sa.select(Organisation).where(Organisation.code == values["laboratory"])
    found = ground.session.scalars(asked).one_or_none()
    is_own = found is not None and found.id == actor.organisation_id
    if found is None or not actor.can(Can.CERTIFICATE_READ) or not (is_own or actor.sees is Sees.AGENCY):
        return NOT_THERE
    return NEITHER if access == Can.CERTIFICATE_READ or (is_own and actor.can(Can.CAPACITY_STATE)) else NOT_PERMITTED


def expected(app: Flask, ground: Ground, asked: Address, method: str, actor: Actor) -> int:
    view = named(app.view_functions[asked.rule.endpoint])
    access, about, case = ACCESS[view], asked.about, asked.case
    if access != ACTING and not isinstance(access, Can):
        return NEITHER  # for everybody
    if asked.rule.endpoint == "papers.lead":
        return NEITHER if leads_somewhere(ground, asked.values, actor) else NOT_THERE
    if (says := of_what_is_no_case(ground, asked.values, actor, access)) is not None:
        return says
    if isinstance(access, Can) and view not in ONCE_FOUND:
        return NEITHER if actor.can(access) else NOT_PERMITTED
    if about is None:
        return NEITHER
    if not actor.can(about.read):
        return NOT_THERE
    if "number" not in asked.rule.arguments:
        return NEITHER
    if case is None or not ground.visible(about, case, actor):
        return NOT_THERE
    if isinstance(access, Can) and not (actor.can(access) and actor.stands_over(case)):
        return NOT_PERMITTED
    return of_a_case(ground, asked, about, method, actor)


def holds_the_key(ground: Ground, values: dict[str, Any], actor: Actor) -> bool:
    return actor.can(Can.KEY_GIVE) and ground.keys.get(values["key"]) == actor.organisation_id


def judges(ground: Ground, values: dict[str, Any], actor: Actor) -> bool:
    """The own agency's, and what came from laboratories and platforms."""
    sender = ground.apart.get(values["quarantine"])
    own = sender is not None and (sender.kind is not OrganisationKind.AGENCY or sender.id == actor.organisation_id)
    return own and actor.can(Can.EVIDENCE_JUDGE)


def leads_somewhere(ground: Ground, values: dict[str, Any], actor: Actor) -> bool:
    documents = with_code(ground.session, values["code"])
    return bool(documents) and any(True for _case in case_of(ground.session, documents[0], actor))


def of_a_person(ground: Ground, values: dict[str, Any], actor: Actor) -> int:
    asked = queries.visible_to(actor).where(Person.id == values["person"])
    found = ground.session.scalars(asked).one_or_none()
    if found is None:
        return NOT_THERE
    here = {m.id for m in found.memberships if m.organisation_id == actor.organisation_id}
    return NOT_THERE if "membership" in values and values["membership"] not in here else NEITHER


def of_a_workbook(ground: Ground, values: dict[str, Any], actor: Actor) -> int | None:
    """Whoever sent it finds it again, and nobody else."""
    if "book" in values:
        return NEITHER if ground.answer_books.get(values["book"]) is actor else NOT_THERE
    if "upload" in values:
        is_theirs = ground.libraries.get(values["upload"]) is actor
        return NEITHER if is_theirs else NOT_THERE if actor.can(Can.STANDARD_EDIT) else NOT_PERMITTED
    return None


OF_THE_OWN_HOUSE = {
    "standard": of_a_standard, "template": of_a_template, "batch": of_a_template,
    "laboratory": of_a_house, "platform": of_a_house,
}  # fmt: skip


def of_what_is_no_case(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int | None:
    """An address of a person, a key, a table, an endpoint, a message or a standard; None for any other."""
    if own := next((asked for name, asked in OF_THE_OWN_HOUSE.items() if name in values), None):
        return own(ground, values, actor, access)
    if (says := of_a_workbook(ground, values, actor)) is not None:
        return says
    if "person" in values:
        return of_a_person(ground, values, actor)
    if "quarantine" in values:
        return NEITHER if judges(ground, values, actor) else NOT_THERE
    if "key" in values:
        return NEITHER if holds_the_key(ground, values, actor) else NOT_THERE
    if "token" in values and values["kind"] is None:
        return NEITHER if ground.tables.get(values["token"]) is actor else NOT_THERE
    if "handle" in values:
        return of_an_endpoint(ground, values, actor)
    if {"message", "run"} & values.keys():  # nobody here has tried their system in a run
        notice = ground.messages.get(values.get("message", ""))
        return NEITHER if notice and ground.visible(KINDS["notice"], notice, actor) else NOT_THERE
    return None


def of_an_endpoint(ground: Ground, values: dict[str, Any], actor: Actor) -> int:
    is_theirs = actor.can(Can.ENDPOINT_SET) and ground.endpoints.get(values["handle"]) == actor.organisation_id
    is_there = values.get("delivery", ground.deliveries[0]) in ground.deliveries
    return NEITHER if is_theirs and is_there else NOT_THERE


def of_a_case(ground: Ground, asked: Address, about: Kind, method: str, actor: Actor) -> int:
    """Of a case that the actor sees, at an address whose decorator has nothing against it."""
    case, values, endpoint = asked.case, asked.values, asked.rule.endpoint
    if endpoint == "framing.left_out" and left_out(ground.session, case).file is None:
        return NOT_THERE
    if endpoint in OF_THE_OWN_AGENCY:
        return NEITHER if actor.stands_over(case) else NOT_THERE
    if endpoint == "papers.ask":
        return NOT_THERE  # what is sent names no paper
    if endpoint == "papers.fetch":
        language = Language(values["language"])
        return NEITHER if find(ground.session, about.name, case, values["code"], language, me=actor) else NOT_THERE
    if "exhibit" in values or "file" in values:
        return of_a_file(ground, asked, method, actor)
    if "token" in values:
        of, whose = ground.uploads.get(values["token"], (None, None))
        return NEITHER if of is case and whose is actor else NOT_THERE
    if endpoint.startswith("identity."):
        return NOT_PERMITTED if may_not_read(case, actor) else NEITHER
    name = "report" if endpoint == "laboratory.keep_results" else values.get("name")
    if name is None:
        return NEITHER
    if "part" not in values:
        return of_a_move(about, case, name, method, actor)
    part = next((each for each in about.parts(case) if each.id == values["part"]), None)
    return of_a_part(about, part, name, method, actor) if part else NOT_THERE


def of_a_file(ground: Ground, asked: Address, method: str, actor: Actor) -> int:
    """As far as the actor may be shown it, and there is a copy for those who did not send it."""
    if "file" in asked.values:
        senders = getattr(asked.case, "reports", [asked.case])
        return NEITHER if asked.values["file"] in {f.id for f in files_of(ground.session, *senders)} else NOT_THERE
    shown = exhibits(ground.session, asked.about, asked.case, actor) if asked.about else []
    found = next((each for each in shown if each.id == asked.values["exhibit"]), None)
    if found is None or (method == "GET" and protected(ground.session, [found], actor)):
        return NOT_THERE
    copied, theirs = has_copy(found.holding.media_type), may_have_the_original(actor, found)
    is_there = {"exhibits.thumbnail": copied, "exhibits.original": theirs}.get(asked.rule.endpoint, copied or theirs)
    return NEITHER if is_there else NOT_THERE


def of_a_move(about: Kind, case: Any, name: str, method: str, actor: Actor) -> int:
    """A form is opened by GET, everything else is a POST. What is a move and has no page here, nobody makes here."""
    pages = {**about.sheets, **about.makes, **about.deeds}
    if name not in (about.sheets if method == "GET" else {*pages, *names_in(about.life)}):
        return NOT_THERE
    by = about.life[name].by if name in about.life else getattr(pages[name], "by", None)
    return NEITHER if name in pages and by and actor.can(Can(by)) and actor.stands_over(case) else NOT_PERMITTED


def of_a_part(about: Kind, part: Any, name: str, method: str, actor: Actor) -> int:
    pages = {**about.part_sheets} if method == "GET" else {**about.part_sheets, **about.part_makes}
    if name not in pages or about.part_life is None:
        return NOT_THERE
    by = about.part_life[name].by if name in about.part_life else getattr(pages[name], "by", None)
    return NEITHER if by and actor.can(Can(by)) and actor.stands_over(part) else NOT_PERMITTED
