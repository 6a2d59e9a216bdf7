"""What a coordinator plans: a new plan, a change of a draft, and handing it to a reviewer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns import sampling
from quality.campaigns.design import Design, parse_design
from quality.campaigns.floor import below_floor, reads_scores, wrong_kind
from quality.campaigns.frame.kept import BEING_COUNTED, hash_when_ready
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, CampaignItem, CampaignKind, FrameLayer, LayerKind
from quality.campaigns.overlap import wrong_numbers
from quality.campaigns.sources import wrong_sources
from quality.campaigns.versions import keep_version
from quality.campaigns.workflow import DRAFT, SUBMIT, refuse_unless_draft
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.numbers import next_number
from quality.core.words import Reason, Text, _
from quality.core.workflow import begin, perform, record
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can
from quality.standards.judgement import Rule
from quality.standards.limits import read_limit

LENGTHS = {"title": 200, "category": 100, "basis": 5_000, "size_basis": 2_000}
ITEM_LENGTH = 200
MOST_FEN = 1_000_000_000  # of one purchase or one test; more is a slip of the finger
MOST_PIECES = 1_000  # of one sample
MOST_BUDGET_FEN = 99_999_999_999
YEARS_AHEAD = 5
MISSING = {
    "title": _("Enter the title"),
    "category": _("Enter the category"),
    "basis": _("Enter the provisions that allow the sampling"),
}


class ItemPlan(NamedTuple):
    """A test item of the implementing rules. `product` "" means every product of the campaign."""

    item: str
    limit: str
    method: str = ""
    rule: str = "simple"
    clause: str = ""
    product: str = ""
    standard_limit_id: int | None = None  # of the library, if it was taken from there
    lab_fee_fen: int | None = None  # for one sample


class Plan(NamedTuple):
    """What a coordinator plans. `design` is the JSON of campaigns/design.py, as text or as an object.

    Money is in fen, `pieces` are those of each sample, backup included; `laboratory` is the code of the one that is
    planned to test, "" where none is.
    """

    title: str
    kind: CampaignKind
    basis: str
    category: str
    starts_on: date
    ends_on: date
    design: Mapping[str, Any] | str
    items: Sequence[ItemPlan]
    price_cap_fen: int | None = None
    pieces: int = 1
    budget_fen: int | None = None
    size_basis: str = ""
    follow_up: bool = False
    laboratory: str = ""


def plan(
    session: Session, *, by: Actor, walk_of: str | None = None, sent_as: str | None = None, **planned: Any
) -> Campaign:
    """A new campaign in draft, of the fields of `Plan`.

    `sent_as` names the form that it came by: the second time it is refused as `sent_twice`.
    """
    if not by.can(Can.CAMPAIGN_PLAN) or by.organisation is None or by.person is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))
    written = Plan(**planned)
    facts = _facts(session, written, by.organisation.id)
    number = next_number(session, by.organisation.code, "C")  # from here on nobody else plans in this agency
    if sent_as and (there := planned_by_form(session, sent_as)):
        raise Refused("sent_twice", _("This form was sent before: it made %(number)s", number=there.number))
    campaign = Campaign(
        number=number,
        agency_id=by.organisation.id,
        walk_of=walk_of,
        sent_as=sent_as,
        drafted_by_id=by.person.id,
        items=[CampaignItem(**item._asdict()) for item in written.items],
        **facts,
    )
    begin(session, campaign, by=by, details={"kind": written.kind, "items": len(written.items)})
    return campaign


def planned_by_form(session: Session, sent_as: str) -> Campaign | None:
    return session.scalars(sa.select(Campaign).where(Campaign.sent_as == sent_as)).one_or_none()


def as_written(campaign: Campaign) -> Plan:
    """The plan as it stands, for whoever changes a part of it."""
    items = [ItemPlan(**{name: getattr(item, name) for name in ItemPlan._fields}) for item in campaign.items]
    laboratory = campaign.laboratory.code if campaign.laboratory else ""
    kept = {name: getattr(campaign, name) for name in Plan._fields if name not in {"items", "laboratory"}}
    return Plan(**kept, items=items, laboratory=laboratory)


def amend(
    session: Session, campaign: Campaign, written: Plan, *, by: Actor, frames: Path, version: int | None = None
) -> None:
    """Change a draft's plan. Who amends it is its drafter from now on: they may not approve it.

    With other strata a frame that was imported before is hashed anew, a big one by the job; one that lacks such a
    column is refused.
    """
    may_plan(campaign, by)
    refuse_unless_draft(campaign)
    facts = _facts(session, written, campaign.agency_id) | {"drafted_by_id": by.id}
    if campaign.frame_sha256:
        design = parse_design(facts["design"])
        facts["frame_hash"] = hash_when_ready(file_to_draw(campaign, frames), design.reads)
    changed = sorted(name for name, value in facts.items() if getattr(campaign, name) != value)
    if has_other_items := as_written(campaign).items != list(written.items):
        changed.append("items")
    record(
        session,
        campaign,
        "amend",
        by=by,
        version=campaign.version if version is None else version,
        details={"changed": changed},
        facts=facts,
    )
    if has_other_items:
        session.execute(sa.delete(CampaignItem).where(CampaignItem.campaign_id == campaign.id))
        session.add_all(CampaignItem(campaign_id=campaign.id, **item._asdict()) for item in written.items)
        session.flush()
        session.expire(campaign, ["items"])


def submit(
    session: Session, campaign: Campaign, *, by: Actor, frames: Path, version: int | None = None, note: str = ""
) -> None:
    """Hand the plan to a reviewer, and keep it as it is now: the next review begins with what changed since.

    `Invalid` says why it cannot be drawn from its frame, or that a big one is still being counted, so that nobody
    reviews what never can be.
    """
    facts = {}
    if campaign.status == DRAFT and campaign.frame_sha256 and by.can(Can.CAMPAIGN_PLAN) and by.stands_over(campaign):
        design, frame = parse_design(campaign.design), file_to_draw(campaign, frames)
        facts["frame_hash"] = hash_when_ready(frame, design.reads)
        if facts["frame_hash"] is None:
            raise Invalid(BEING_COUNTED)
        sizes = sampling.sizes_of(frame, design.strata, design.bands)
        if problems := below_floor(design.allocate(sizes), sizes, _floor(session, campaign, design)):
            raise Invalid(*problems)
    perform(session, campaign, SUBMIT, by=by, version=version, note=note, facts=facts)
    keep_version(session, campaign, frames)


def _floor(session: Session, campaign: Campaign, design: Design) -> int:
    """How many of each stratum are drawn at the least: where scores are read, what their weights ask."""
    asked = sa.select(FrameLayer).where(FrameLayer.campaign_id == campaign.id, FrameLayer.kind == LayerKind.SCORES)
    scores = session.scalars(asked).one_or_none()
    return int(scores.basis["floor"]) if scores and reads_scores(design) else 0


def _facts(session: Session, written: Plan, agency_id: int) -> dict[str, Any]:
    """The columns of a plan, or every field that is wrong."""
    drawn_by, problems = _read_design(written.design)
    problems += wrong_kind(drawn_by, written.kind)
    problems += wrong_numbers(session, drawn_by, agency_id) if drawn_by else []
    problems += _wrong_texts(written)
    if written.ends_on < written.starts_on:
        problems.append(FieldProblem("ends_on", "before_start", _("The campaign ends before it starts")))
    if written.ends_on.year > clock.now().year + YEARS_AHEAD:
        problems.append(FieldProblem("ends_on", "too_far", _("Plan at most %(years)s years ahead", years=YEARS_AHEAD)))
    if not 1 <= written.pieces <= MOST_PIECES:
        text = _("Enter a number from 1 to %(most)s", most=MOST_PIECES)
        problems.append(FieldProblem("pieces", "not_from_1", text))
    problems += _wrong_money("price_cap_fen", written.price_cap_fen, MOST_FEN)
    problems += _wrong_money("budget_fen", written.budget_fen, MOST_BUDGET_FEN)
    laboratory_id = _laboratory(session, written.laboratory, problems)
    problems += _wrong_items(written.items) + wrong_sources(session, written.items, agency_id)
    if problems or drawn_by is None:
        raise Invalid(*problems)
    return {
        "kind": written.kind,
        "title": written.title.strip(),
        "basis": written.basis.strip(),
        "category": written.category.strip(),
        "starts_on": written.starts_on,
        "ends_on": written.ends_on,
        "price_cap_fen": written.price_cap_fen,
        "pieces": written.pieces,
        "budget_fen": written.budget_fen,
        "size_basis": written.size_basis.strip(),
        "follow_up": written.follow_up,
        "laboratory_id": laboratory_id,
        "design": drawn_by.canonical_json(),
    }


def _read_design(design: Mapping[str, Any] | str) -> tuple[Design | None, list[FieldProblem]]:
    try:
        return parse_design(design if isinstance(design, str) else json.dumps(design)), []
    except Invalid as wrong:
        return None, list(wrong.problems)


def _wrong_texts(written: Plan) -> Iterator[FieldProblem]:
    for name, most in LENGTHS.items():
        value = getattr(written, name)
        if name in MISSING and not value.strip():
            yield FieldProblem(name, "missing", MISSING[name])
        elif len(value.strip()) > most:
            yield FieldProblem(name, "too_long", _("Keep to %(most)s characters", most=most))


def _wrong_money(field: str, fen: int | None, most: int, least: int = 1) -> Iterator[FieldProblem]:
    if fen is not None and fen < least:
        if least:
            yield FieldProblem(field, "not_positive", _("Enter a price above 0"))
        else:
            yield FieldProblem(field, "not_positive", _("Enter 0 or more"))
    elif fen is not None and fen > most:
        yield FieldProblem(field, "too_much", _("Enter at most %(most)s yuan", most=f"{most // 100:,}"))


def _laboratory(session: Session, code: str, problems: list[FieldProblem]) -> int | None:
    if not code:
        return None
    is_one = Organisation.kind == OrganisationKind.LABORATORY, Organisation.code == code
    found = session.scalars(sa.select(Organisation.id).where(*is_one)).one_or_none()
    if found is None:
        text = _("There is no such laboratory; choose one of the list")
        problems.append(FieldProblem("laboratory", "unknown_laboratory", text))
    return found


def _wrong_items(items: Sequence[ItemPlan]) -> list[FieldProblem]:
    """Every item has a name of its own, a limit that can be read, and a rule there is."""
    problems: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()

    def wrong(row: int, field: str, code: str, text: Text) -> None:
        problems.append(FieldProblem(f"items {row}, {field}", code, text))

    for row, item in enumerate(items, 1):
        if not item.item.strip():
            wrong(row, "item", "missing", _("Enter the test item"))
        elif (item.product, item.item) in seen:
            wrong(row, "item", "doubled", _("%(item)s stands twice", item=item.item))
        seen.add((item.product, item.item))
        for field, value in item._asdict().items():
            if isinstance(value, str) and len(value) > ITEM_LENGTH:
                wrong(row, field, "too_long", _("Keep to %(most)s characters", most=ITEM_LENGTH))
        for money in _wrong_money("lab_fee_fen", item.lab_fee_fen, MOST_FEN, least=0):
            wrong(row, *money)
        limit = read_limit(item.limit)
        if isinstance(limit, Reason):
            wrong(row, "limit", limit.code, limit.text)
        if item.rule not in set(Rule):
            wrong(row, "rule", "unknown_rule", _("Choose a decision rule: %(rules)s", rules=", ".join(Rule)))
    return problems


def may_plan(campaign: Campaign, by: Actor) -> None:
    if not by.can(Can.CAMPAIGN_PLAN) or not by.stands_over(campaign):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))
