"""What the permission tables say that each address answers to each actor: 404, 403, or neither of them.

CONTRACT.md §2 gives the order: what is out of scope is not there (404), and only of what is there a role learns that it
may not (403). What the addresses are made of: tests/harness/ground.py.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask

from quality.documents.models import Language
from quality.documents.queries import with_code
from quality.evidence.blackening import may_not_black_out
from quality.evidence.kinds import PAGES
from quality.evidence.media import has_copy
from quality.evidence.queries import may_have_the_original
from quality.notices.batches import NoticeBatch
from quality.notices.texts import NoticeTemplate
from quality.objections.queries import files_of
from quality.pages.exhibits import exhibits, protected
from quality.pages.kinds import KINDS, Kind
from quality.pages.papers import find
from quality.pages.tracing import case_of
from quality.people import queries
from quality.people.access import ACCESS, ACTING, ONCE_FOUND, named
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind, Person
from quality.permissions import Can, Sees
from quality.publication.texts import AnnouncementTemplate
from quality.purchases.checklist_editions import ChecklistEdition
from quality.purchases.operations import may_not_read
from tests.harness.ground import NEITHER, NOT_PERMITTED, NOT_THERE, Address, Ground, entries, names_in
from tests.harness.people import HOUSES
from tests.harness.planning_permitted import of_a_buyer, of_a_campaign, of_a_cover, of_a_frame


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
    if (says := of_one_view(ground, asked, actor)) is not None:
        return says
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
    if "table" in values:  # of complaints: a sender's own are asked in tests/pages/test_risk.py
        return NOT_THERE if actor.can(Can.CAMPAIGN_PLAN) else NOT_PERMITTED
    if "upload" in values:
        is_theirs = ground.libraries.get(values["upload"]) is actor
        return NEITHER if is_theirs else NOT_THERE if actor.can(Can.STANDARD_EDIT) else NOT_PERMITTED
    return None


def of_a_wording(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """A template of announcements: its own agency's, for whoever reads results."""
    found = ground.session.get(AnnouncementTemplate, values["wording"])
    if found is None or not actor.can(Can.RESULT_READ) or found.agency_id != actor.organisation_id:
        return NOT_THERE
    return NEITHER if not isinstance(access, Can) or actor.can(access) else NOT_PERMITTED


def of_a_checklist(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """What purchases have to show: its own agency's."""
    found = ground.session.get(ChecklistEdition, values["checklist"])
    if found is None or not actor.can(Can.CAMPAIGN_READ) or found.agency_id != actor.organisation_id:
        return NOT_THERE
    return NEITHER if not isinstance(access, Can) or actor.can(access) else NOT_PERMITTED


OF_THE_OWN_HOUSE = {
    "wording": of_a_wording, "checklist": of_a_checklist,
    "standard": of_a_standard, "template": of_a_template, "batch": of_a_template, "frame": of_a_frame,
    "buyer": of_a_buyer, "cover": of_a_cover,
    "laboratory": of_a_house, "platform": of_a_house,
}  # fmt: skip


def of_one_view(ground: Ground, asked: Address, actor: Actor) -> int | None:
    """An address whose view decides by more than its decorator says; None for any other."""
    if asked.rule.endpoint == "papers.lead":
        return NEITHER if leads_somewhere(ground, asked.values, actor) else NOT_THERE
    if asked.rule.endpoint == "messages.message" and keeps_what_takes_it(ground, asked.values, actor):
        return NEITHER
    return None


def of_what_is_no_case(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int | None:
    """An address of a person, a key, a table, an endpoint, a message or a standard; None for any other."""
    if own := next((asked for name, asked in OF_THE_OWN_HOUSE.items() if name in values), None):
        return own(ground, values, actor, access)
    if (says := of_a_workbook(ground, values, actor)) is not None:
        return says
    if {"piece", "meeting", "told"} & values.keys():
        return NOT_THERE
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


def keeps_what_takes_it(ground: Ground, values: dict[str, Any], actor: Actor) -> bool:
    """Who keeps the endpoints reads what came of each try, and not what a notice says."""
    notice = ground.messages.get(values["message"])
    return notice is not None and actor.can(Can.ENDPOINT_SET) and notice.platform_id == actor.organisation_id


def of_an_endpoint(ground: Ground, values: dict[str, Any], actor: Actor) -> int:
    is_theirs = actor.can(Can.ENDPOINT_SET) and ground.endpoints.get(values["handle"]) == actor.organisation_id
    is_there = values.get("delivery", ground.deliveries[0]) in ground.deliveries
    return NEITHER if is_theirs and is_there else NOT_THERE


def of_a_case(ground: Ground, asked: Address, about: Kind, method: str, actor: Actor) -> int:
    """Of a case that the actor sees, at an address whose decorator has nothing against it."""
    case, values, endpoint = asked.case, asked.values, asked.rule.endpoint
    if (says := of_a_campaign(ground, asked, actor)) is not None:
        return says
    if endpoint == "papers.ask":
        return NOT_THERE  # what is sent names no paper
    if endpoint == "papers.fetch":
        language = Language(values["language"])
        return NEITHER if find(ground.session, about.name, case, values["code"], language, me=actor) else NOT_THERE
    if endpoint == "capsules.fetch":
        return NOT_THERE  # none was made
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
    saved = found.holding.media_type in PAGES
    if asked.rule.endpoint.startswith("blackening."):
        return NEITHER if copied and may_not_black_out(found, actor) is None else NOT_PERMITTED if copied else NOT_THERE
    shown_by = {"exhibits.thumbnail": copied, "exhibits.original": theirs, "exhibits.text": theirs and saved}
    is_there = shown_by.get(asked.rule.endpoint, copied or theirs)
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
