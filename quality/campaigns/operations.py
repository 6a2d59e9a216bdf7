"""Planning a campaign, freezing its frame with a commitment, and drawing it once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns import commitment, sampling
from quality.campaigns.design import Design, design_hash, parse_design
from quality.campaigns.frame import ImportReport
from quality.campaigns.frame.drawable import frame_hash
from quality.campaigns.frame.listings import listings_of, platforms_of
from quality.campaigns.models import Campaign, CampaignItem, CampaignKind, Drawn
from quality.campaigns.sources import wrong_sources
from quality.campaigns.versions import keep_version
from quality.campaigns.workflow import DRAFT, DRAW, FREEZE, SUBMIT
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

LENGTHS = {"title": 200, "category": 100, "basis": 5_000}
ITEM_LENGTH = 200
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


class Plan(NamedTuple):
    """What a coordinator plans. `design` is the JSON of campaigns/design.py, as text or as an object."""

    title: str
    kind: CampaignKind
    basis: str
    category: str
    starts_on: date
    ends_on: date
    design: Mapping[str, Any] | str
    items: Sequence[ItemPlan]
    price_cap_fen: int | None = None


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


def amend(
    session: Session, campaign: Campaign, written: Plan, *, by: Actor, frames: Path, version: int | None = None
) -> None:
    """Change a draft's plan. Who amends it is its drafter from now on: they may not approve it.

    With other strata a frame that was imported before is hashed anew; one that lacks such a column is refused.
    """
    _may_plan(campaign, by)
    if campaign.status != DRAFT:
        raise Refused("wrong_status", _("Only a draft can be changed; have it returned first"))
    facts = _facts(session, written, campaign.agency_id) | {"drafted_by_id": by.id}
    if campaign.frame_sha256:
        strata = parse_design(facts["design"]).strata
        facts["frame_hash"] = frame_hash(frames / f"{campaign.frame_sha256}.parquet", strata)
    changed = sorted(name for name, value in facts.items() if getattr(campaign, name) != value)
    before = [ItemPlan(**{name: getattr(item, name) for name in ItemPlan._fields}) for item in campaign.items]
    if has_other_items := before != list(written.items):
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


def submit(session: Session, campaign: Campaign, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """Hand the plan to a reviewer, and keep it as it is now: the next review begins with what changed since."""
    perform(session, campaign, SUBMIT, by=by, version=version, note=note)
    keep_version(session, campaign)


def _facts(session: Session, written: Plan, agency_id: int) -> dict[str, Any]:
    """The columns of a plan, or every field that is wrong."""
    drawn_by, problems = _read_design(written.design)
    for name, most in LENGTHS.items():
        value = getattr(written, name)
        if not value.strip():
            problems.append(FieldProblem(name, "missing", MISSING[name]))
        elif len(value.strip()) > most:
            problems.append(FieldProblem(name, "too_long", _("Keep to %(most)s characters", most=most)))
    if written.ends_on < written.starts_on:
        problems.append(FieldProblem("ends_on", "before_start", _("The campaign ends before it starts")))
    if written.ends_on.year > clock.now().year + YEARS_AHEAD:
        problems.append(FieldProblem("ends_on", "too_far", _("Plan at most %(years)s years ahead", years=YEARS_AHEAD)))
    if written.price_cap_fen is not None and written.price_cap_fen <= 0:
        problems.append(FieldProblem("price_cap_fen", "not_positive", _("Enter a price above 0")))
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
        "design": drawn_by.canonical_json(),
    }


def _read_design(design: Mapping[str, Any] | str) -> tuple[Design | None, list[FieldProblem]]:
    try:
        return parse_design(design if isinstance(design, str) else json.dumps(design)), []
    except Invalid as wrong:
        return None, list(wrong.problems)


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
            if field != "standard_limit_id" and len(value) > ITEM_LENGTH:
                wrong(row, field, "too_long", _("Keep to %(most)s characters", most=ITEM_LENGTH))
        limit = read_limit(item.limit)
        if isinstance(limit, Reason):
            wrong(row, "limit", limit.code, limit.text)
        if item.rule not in set(Rule):
            wrong(row, "rule", "unknown_rule", _("Choose a decision rule: %(rules)s", rules=", ".join(Rule)))
    return problems


def set_frame(
    session: Session, campaign: Campaign, frame: ImportReport, *, by: Actor, frames: Path, version: int | None = None
) -> None:
    """Give a draft its sampling frame, imported before (`campaigns/frame`), whose platforms are all known here."""
    _may_plan(campaign, by)
    design = parse_design(campaign.design)
    stored = frames / f"{frame.sha256}.parquet"
    known = known_platforms(session)
    unknown = [name for name in platforms_of(stored) if name not in known]
    if unknown:
        raise Invalid(
            *(
                FieldProblem("platform", "unknown_platform", _("%(name)s is no platform known here", name=name))
                for name in unknown
            )
        )
    hashed = frame_hash(stored, design.strata)  # also: every strata column is there and filled
    if campaign.status != DRAFT:
        raise Refused("wrong_status", _("Only a draft can be given another frame"))
    record(
        session,
        campaign,
        "set_frame",
        by=by,
        version=campaign.version if version is None else version,
        details={"sha256": frame.sha256, "rows": frame.accepted, "refused": frame.refused}
        | ({"refused_file": frame.refused_file.name} if frame.refused_file else {}),
        facts={
            "frame_sha256": frame.sha256,
            "frame_rows": frame.accepted,
            "frame_source": frame.source[:200],
            "frame_hash": hashed,
        },
    )


def freeze(
    session: Session,
    campaign: Campaign,
    *,
    by: Actor,
    public_event: str,
    public_event_at: datetime,
    frames: Path,
    version: int | None = None,
) -> None:
    """Commit to frame, design, a secret salt, and a public number that does not exist yet."""
    _refuse_unless_kept("public_event", public_event, 200, _("Name the public number and who publishes it"))
    if public_event_at <= clock.now():
        still = _("Name a public number that will only be drawn in the future")
        raise Invalid(FieldProblem("public_event_at", "number_exists", still))
    design = parse_design(campaign.design)
    if campaign.frame_sha256 is None:
        raise Refused("no_frame", _("Import the sampling frame first"))
    # the draw must be possible: who commits to a frame that is too small could never draw it
    sampling.draw(frames / f"{campaign.frame_sha256}.parquet", design, "rehearsal")
    salt = commitment.new_salt()
    perform(
        session,
        campaign,
        FREEZE,
        by=by,
        version=version,
        facts={
            "salt": salt,
            "public_event": public_event.strip(),
            "public_event_at": public_event_at,
            "design_hash": design_hash(design),
            "commitment": commitment.commitment(salt=salt, source=public_event.strip(), moment=public_event_at),
            "frozen_at": clock.now(),
        },
        details={"frame_hash": campaign.frame_hash, "design_hash": design_hash(design)},
    )


def _refuse_unless_kept(field: str, value: str, most: int, ask: Text) -> None:
    """`ask` says what to enter; `most` is what the column holds."""
    if not value.strip():
        raise Invalid(FieldProblem(field, "missing", ask))
    if len(value.strip()) > most:
        raise Invalid(FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=most)))


def draw(
    session: Session,
    campaign: Campaign,
    *,
    by: Actor,
    public_number: str,
    source: str,
    frames: Path,
    version: int | None = None,
) -> list[Drawn]:
    """Draw the campaign by the seed that salt and public number make. It happens once: the status moves on.

    The slow part reads the frozen file before the case is taken; who loses the race has drawn for nothing.
    """
    _refuse_unless_kept("source", source, 300, _("Say where the public number was published"))
    _refuse_unless_kept("public_number", public_number, 100, commitment.AS_PUBLISHED)
    if campaign.salt is None or campaign.frame_sha256 is None:
        raise Refused("not_frozen", _("Freeze plan and frame first"))
    seed = commitment.seed(salt=campaign.salt, number=public_number)
    frame = frames / f"{campaign.frame_sha256}.parquet"
    units = sampling.draw(frame, parse_design(campaign.design), seed)
    listings = listings_of(frame, [unit.listing_id for unit in units])
    platforms = known_platforms(session)
    perform(
        session,
        campaign,
        DRAW,
        by=by,
        version=version,
        facts={
            "public_number": public_number,
            "public_number_source": source.strip(),
            "seed": seed,
            "drawn_at": clock.now(),
        },
        details={"units": len(units)},
    )
    drawn = [
        Drawn(
            campaign_id=campaign.id,
            stratum=unit.stratum,
            role=unit.role,
            rank=unit.rank,
            listing_id=unit.listing_id,
            draw_digest=unit.digest,
            platform_id=platforms[str(listings[unit.listing_id]["platform"])],
            listing=listings[unit.listing_id],
        )
        for unit in units
    ]
    session.add_all(drawn)
    session.flush()
    return drawn


def _may_plan(campaign: Campaign, by: Actor) -> None:
    if not by.can(Can.CAMPAIGN_PLAN) or not by.stands_over(campaign):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))


def known_platforms(session: Session) -> dict[str, int]:
    """Platforms by their name and by their code."""
    known = sa.select(Organisation.name, Organisation.code, Organisation.id).where(
        Organisation.kind == OrganisationKind.PLATFORM
    )
    return {word: key for name, code, key in session.execute(known) for word in (name, code)}
