"""What stands in a capsule: read from the rows at one moment, decided file by file, laid out in one order.

Two variants, for two readers. The whole one is for the agency and a court: originals, notes, every row of the record.
The open one is to be given away: what leads to the buyer is left out, and the hash of it stays, so that it verifies
all the same. Left out of it are pictures and papers that lead to the buyer or are kept for the agency, originals that
may say where and by which telephone they were made (their copies without that are in it), whatever people wrote
beside a move, and the rows of the purchase and of whatever its buyer did: of several of those it holds one digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.capsules.models import Variant
from quality.core.clock import rfc3339
from quality.core.events import Event, Note, Recorded, covered_by
from quality.documents.models import Document
from quality.documents.queries import documents_of
from quality.documents.readers import FOR_WHOM, Reader
from quality.evidence.kinds import PICTURES
from quality.evidence.models import CopyKind, Derived, EvidenceKind, Exhibit, Holding
from quality.evidence.queries import FOR_THE_AGENCY, that_lead_to_the_buyer
from quality.lab.models import Finding, Report
from quality.objections.models import Letter, Objection
from quality.people.models import Organisation
from quality.purchases.models import HandOver, Sample

Json = dict[str, Any]
GIVEN_OUT = {Reader.PARTY, Reader.PLATFORM, Reader.PUBLIC}
ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic", "video/mp4": "mp4",
    "video/quicktime": "mov", "application/pdf": "pdf", "application/json": "json",
}  # fmt: skip


class File(NamedTuple):
    """One file to be packed, and what the manifest says of it. Its bytes are the vault's, under its sha256."""

    about: Json

    @property
    def name(self) -> str:
        return str(self.about["name"])

    @property
    def sha256(self) -> str:
        return str(self.about["sha256"])


class Contents(NamedTuple):
    """All of a capsule but what is made of the rest: manifest, signature, time stamp."""

    files: list[File]
    left_out: list[Json]
    chains: list[Json]  # with their events, as `events.json` has them
    notes: list[Json]
    case: Json


class Chained(NamedTuple):
    """A subject whose events belong to the sample."""

    row: Recorded
    number: str


def subjects_of(session: Session, sample: Sample) -> list[Chained]:
    """The purchase, the sample with its portions and hand-overs, what came of it; then the papers of all these."""
    reports = session.scalars(sa.select(Report).where(Report.sample_id == sample.id).order_by(Report.id)).all()
    findings = session.scalars(sa.select(Finding).where(Finding.sample_id == sample.id).order_by(Finding.id)).all()
    keys = [each.id for each in findings]
    objections = session.scalars(
        sa.select(Objection).where(Objection.finding_id.in_(keys)).order_by(Objection.id)
    ).all()
    letters = session.scalars(sa.select(Letter.id).where(Letter.finding_id.in_(keys))).all()
    cases = [
        Chained(sample.purchase, sample.purchase.number),
        Chained(sample, sample.number),
        *(Chained(each, each.report_no) for each in reports),
        *(Chained(each, each.number) for each in findings),
        *(Chained(each, each.number) for each in objections),
    ]
    about = {(each.row.__tablename__, each.row.id) for each in cases}
    about |= {("portion", each.id) for each in sample.portions} | {("letter", key) for key in letters}
    papers = sorted((each for each in documents_of(session, about) if each.sha256), key=lambda each: each.id)
    return [*cases, *(Chained(each, each.code) for each in papers)]


def contents(session: Session, sample: Sample, variant: Variant) -> Contents:
    subjects = subjects_of(session, sample)
    rows = events_of(session, subjects)
    shown = [chain_of(each, rows, sample, variant) for each in subjects]
    recorded = {
        str(event.details.get("sha256"))
        for each in subjects
        for event in rows.get((each.row.__tablename__, each.row.id), ())
        if variant is Variant.WHOLE
    }
    hidden_in = blacked_out(rows)
    proofs, withheld = evidence(session, [each.row for each in subjects], variant, recorded, hidden_in)
    papers = [each.row for each in subjects if isinstance(each.row, Document)]
    printed, kept_back = documents(papers, variant, recorded)
    notes = notes_of(session, rows) if variant is Variant.WHOLE else []
    return Contents(
        numbered([*proofs, *printed]), [*withheld, *kept_back], shown, notes, case_of(session, sample, variant)
    )


# --- the record ---


def events_of(session: Session, subjects: Sequence[Chained]) -> Mapping[tuple[str, int], list[Event]]:
    """In two questions at most, however many subjects there are."""
    found: dict[tuple[str, int], list[Event]] = {}
    wanted = [(each.row.__tablename__, each.row.id) for each in subjects]
    asked = sa.select(Event).where(sa.tuple_(Event.subject_type, Event.subject_id).in_(wanted))
    for event in session.scalars(asked.order_by(Event.subject_type, Event.subject_id, Event.seq)):
        found.setdefault((event.subject_type, event.subject_id), []).append(event)
    return found


def chain_of(of: Chained, rows: Mapping[tuple[str, int], list[Event]], sample: Sample, variant: Variant) -> Json:
    kind, key = of.row.__tablename__, of.row.id
    hidden = variant is Variant.OPEN
    told = rows.get((kind, key), ())
    withheld = {place for place, event in enumerate(told) if hidden and leads_to(event, sample.buyer_id)}
    events = covered([as_row(event) for event in told], withheld)
    number = "" if hidden and kind == "task" else of.number
    return {"subject": kind, "id": str(key), "number": number, "events": events}


def covered(rows: Sequence[Json], withheld: set[int]) -> list[Json]:
    """Withheld rows behind each other are one digest, that of the last, which `covers` so many.

    A row that stood alone between two digests could be guessed, microsecond by microsecond, in some hours on one
    graphics card (docs/decisions/0066): so it takes a neighbour along.
    """
    for place in sorted(withheld):
        if not {place - 1, place + 1} & withheld:
            withheld = withheld | {place + 1 if place + 1 < len(rows) else place - 1}
    told: list[Json] = []
    for place, row in enumerate(rows):
        if place not in withheld:
            told.append(row)
        elif told and "covers" in told[-1]:
            told[-1] = {"digest": row["digest"], "covers": str(int(told[-1]["covers"]) + 1)}
        else:
            told.append({"digest": row["digest"], "covers": "1"})
    return told


def as_row(event: Event) -> Json:
    return {"digest": event.digest, "row": covered_by(event)}


def leads_to(event: Event, buyer_id: int) -> bool:
    """Of the purchase, by its buyer, or naming them."""
    buyer = f"person:{buyer_id}"
    names = {event.actor.split(" ")[0], *(str(each) for each in flat(event.details))}
    return event.subject_type == "task" or buyer in names or "buyer" in event.details


def flat(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [inner for each in value.values() for inner in flat(each)]
    if isinstance(value, list):
        return [inner for each in value for inner in flat(each)]
    return [value]


def notes_of(session: Session, rows: Mapping[tuple[str, int], list[Event]]) -> list[Json]:
    """What people wrote beside a move, unless it was blanked. The salt goes with it: the digest can be repeated."""
    named = {event.note_digest for events in rows.values() for event in events if event.note_digest}
    if not named:
        return []
    asked = sa.select(Note).where(Note.digest.in_(named), Note.text.is_not(None)).order_by(Note.digest)
    return [{"digest": each.digest, "salt": each.salt, "text": each.text} for each in session.scalars(asked)]


# --- evidence ---


class Proof(NamedTuple):
    holding: Holding
    holder: str
    exhibits: list[Exhibit]


def evidence(
    session: Session, cases: Sequence[Recorded], variant: Variant, recorded: set[str], hidden_in: set[str]
) -> tuple[list[File], list[Json]]:
    """Each file once, in the order in which it first proved something."""
    wanted = [(each.__tablename__, each.id) for each in cases]
    asked = (
        sa.select(Exhibit, Holding, Organisation)
        .join(Holding, Exhibit.holding_id == Holding.id)
        .join(Organisation, Organisation.id == Holding.organisation_id)
        .where(sa.tuple_(Exhibit.subject_type, Exhibit.subject_id).in_(wanted))
        .order_by(Exhibit.id)
    )
    proofs: dict[str, Proof] = {}
    for exhibit, holding, organisation in session.execute(asked):
        named = f"{organisation.name} ({organisation.code})"
        proofs.setdefault(holding.sha256, Proof(holding, named, [])).exhibits.append(exhibit)
    every = [exhibit for proof in proofs.values() for exhibit in proof.exhibits]
    secret = that_lead_to_the_buyer(session, every) | {each.id for each in every if name_of(each) in hidden_in}
    copies = copies_of(session, proofs) if variant is Variant.OPEN else {}
    files, left = [], []
    for sha256, proof in proofs.items():
        why = "" if variant is Variant.WHOLE else why_left_out(proof, secret)
        about = about_proof(proof, hides=why == "buyer")
        if not why:
            files.append(File(about | {"recorded": "yes" if sha256 in recorded else "no"}))
            continue
        left.append({name: value for name, value in about.items() if name != "name"} | {"why": why})
        copy = copies.get(sha256) if why == "original" else None
        if copy is not None and copy.sha256 is not None:
            of = {"role": "copy", "of": sha256, "sha256": copy.sha256, "bytes": str(copy.bytes), "recorded": "no"}
            ending = ENDINGS.get(copy.media_type, "bin")
            files.append(File(about | of | {"name": f"copy.{ending}", "media_type": copy.media_type}))
    return files, left


def name_of(exhibit: Exhibit) -> str:
    return f"exhibit:{exhibit.id}"


def blacked_out(rows: Mapping[tuple[str, int], list[Event]]) -> set[str]:
    """The pictures of which a person made a copy without what leads to the buyer: that copy stands for them."""
    every = (event for events in rows.values() for event in events)
    return {str(event.details.get("of")) for event in every if event.action == "black_out"}


def why_left_out(proof: Proof, secret: set[int]) -> str:
    """Of what is given away: a code, or nothing."""
    kinds = {each.kind for each in proof.exhibits} | {proof.holding.kind}
    if any(each.id in secret for each in proof.exhibits):
        return "buyer"
    if kinds == {EvidenceKind.REDACTED}:
        return ""  # drawn by us: nothing of a telephone is in it
    is_picture = proof.holding.media_type in PICTURES
    return "" if kinds <= FOR_THE_AGENCY - {EvidenceKind.LAB_RECEIPT} and not is_picture else "original"


def copies_of(session: Session, proofs: Mapping[str, Proof]) -> dict[str, Derived]:
    if not proofs:
        return {}
    asked = sa.select(Derived).where(
        Derived.original.in_(list(proofs)), Derived.kind == CopyKind.READABLE, Derived.sha256.is_not(None)
    )
    return {each.original: each for each in session.scalars(asked)}


def about_proof(proof: Proof, *, hides: bool) -> Json:
    """`hides`: when it was taken or sent would tell a platform which order it was."""
    holding = proof.holding
    kinds = list(dict.fromkeys(each.kind.value for each in proof.exhibits))
    told = {
        "name": f"{kinds[0].replace('_', '-')}.{ENDINGS.get(holding.media_type, 'bin')}",
        "role": "evidence",
        "sha256": holding.sha256,
        "bytes": str(holding.bytes),
        "media_type": holding.media_type,
        "kinds": kinds,
        "cases": list(dict.fromkeys(f"{each.subject_type}:{each.subject_id}" for each in proof.exhibits)),
        "held_by": proof.holder,
    }
    moments = {"taken_at": holding.taken_at, "sent_at": holding.sent_at}
    return told | {name: rfc3339(at) if at and not hides else None for name, at in moments.items()}


# --- papers ---


def documents(papers: Sequence[Document], variant: Variant, recorded: set[str]) -> tuple[list[File], list[Json]]:
    files, left = [], []
    for paper in papers:
        kind = paper.kind.value.replace("_", "-")
        about = {
            "role": "document",
            "sha256": str(paper.sha256),
            "bytes": str(paper.bytes),
            "media_type": "application/pdf",
            "kinds": [paper.kind.value],
            "cases": [f"document:{paper.id}"],
            "code": paper.code,
            "edition": str(paper.edition),
            "language": paper.language.value,
            "made_at": rfc3339(paper.made_at) if paper.made_at else None,
            "withdrawn_at": rfc3339(paper.withdrawn_at) if paper.withdrawn_at else None,
        }
        if variant is Variant.OPEN and not FOR_WHOM[paper.kind] & GIVEN_OUT:
            hidden = {name: about[name] for name in ("role", "sha256", "bytes", "media_type", "kinds")}
            left.append(hidden | {"why": "internal"})
            continue
        bound = "yes" if paper.sha256 in recorded else "no"
        files.append(File(about | {"name": f"{kind}-{paper.language.value}.pdf", "recorded": bound}))
    return files, left


def numbered(files: Sequence[File]) -> list[File]:
    """`012-seal-test.jpg`: a name says the place in the manifest, and what it is."""
    return [File(each.about | {"name": f"{place:03d}-{each.name}"}) for place, each in enumerate(files, 1)]


# --- the case in facts ---


def case_of(session: Session, sample: Sample, variant: Variant) -> Json:
    """What people read first, as codes and as it was written: product, portions, custody, results, conclusion."""
    is_open = variant is Variant.OPEN
    listing = sample.purchase.drawn.listing
    product = ("product_name", "spec", "brand", "model", "barcode", "batch", "producer_name", "producer_address")
    reports = session.scalars(sa.select(Report).where(Report.sample_id == sample.id).order_by(Report.id)).all()
    findings = session.scalars(sa.select(Finding).where(Finding.sample_id == sample.id).order_by(Finding.id)).all()
    return {
        "number": sample.number,
        "status": sample.status.value,
        "campaign": sample.campaign.number,
        "task": None if is_open else sample.purchase.number,
        "platform": sample.purchase.drawn.platform.name,
        "listing": {str(name): str(value) for name, value in listing.items() if value is not None},
        "product": {name: getattr(sample, name) for name in product},
        "sealed_at": rfc3339(sample.sealed_at),
        "portions": [
            {"kind": each.kind.value, "status": each.status.value, "seal_no": each.seal_no, "blind_no": each.blind_no,
             "quantity": each.quantity}
            for each in sample.portions
        ],
        "hand_overs": [handed(each, is_open=is_open) for each in sample.hand_overs],
        "reports": [report(each) for each in reports],
        "findings": [
            {"number": each.number, "status": each.status.value, "verdict": each.verdict.value,
             "confirmed_at": rfc3339(each.confirmed_at) if each.confirmed_at else None}
            for each in findings
        ],
    }  # fmt: skip


def handed(step: HandOver, *, is_open: bool) -> Json:
    """To give away: of whom only what they are; no place, no words and no parcel number."""
    told = {
        "portion": str(step.portion_id),
        "seal_no": step.seal_no,
        "seal_intact": step.seal_intact,
        "at": rfc3339(step.at),
        "given_by": step.given_by.split(":")[0] if is_open else step.given_by,
        "taken_by": step.taken_by.split(":")[0] if is_open else step.taken_by,
    }
    degrees = None if step.tenths_celsius is None else str(step.tenths_celsius)
    words = {"place": step.place, "condition": step.condition, "parcel_no": step.parcel_no, "tenths_celsius": degrees}
    unscanned = {"label_unscanned": True, "no_scan": step.no_scan} if step.label_unscanned else {}
    return told if is_open else told | words | {"explanation": step.explanation} | unscanned


def report(found: Report) -> Json:
    written = ("item", "value", "unit", "uncertainty", "lod", "loq", "method", "limit", "rule", "verdict")
    return {
        "report_no": found.report_no,
        "status": found.status.value,
        "laboratory": f"{found.laboratory.name} ({found.laboratory.code})",
        "authorised_at": rfc3339(found.authorised_at) if found.authorised_at else None,
        "results": [{name: getattr(each, name) for name in written} for each in found.results],
    }
