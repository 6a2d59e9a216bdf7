"""The proof of a public result: its own events up to the day's root, and the path from there to the signature.

What of it is not public stands in it as a hash only. The events of a result hold who acted as a number (`person:17`),
moments, and what `SHOWN` lists; should one hold more, nothing is shown before somebody has decided that it may be.
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import NotFound, Refused
from quality.core.events import Event, covered_by
from quality.core.handover import kept
from quality.core.roots import folder_of
from quality.core.tree import Stands, earlier_name, lay_out, lay_out_earlier, stands, stood
from quality.core.words import _
from quality.publication.checking import FORMAT, told_by
from quality.publication.models import Result, ResultStatus
from quality.publication.queries import Gone, one_public

KIND = Result.__tablename__
LARGEST_HEADS = 8 * 1024 * 1024  # bytes: two hundred thousand subjects, some seconds; above that by `mingcha proof day`
ONE_AT_A_TIME = Lock()
SHOWN = {
    "number",
    "edition",
    "copy_sha256",
    "by_edition",
    "reason_sha256",
    "not_before",
    "before",
    "rule",
    "state",
    "sha256",
}  # details of a result's events that are public


class NoProof(NotFound):
    """There is none, or not yet (404): `code` and `reason` say which."""

    def __init__(self, code: str, reason: Any) -> None:
        Refused.__init__(self, code, reason)


def lay_out_results(session: Session, roots: Path) -> bool:
    """Make the newest root ready to be asked for results; False if it was."""
    return lay_out(folder_of(session, roots), KIND) is not None


def proof_of(
    session: Session, roots: Path, number: str, edition: int | None = None, day: str | None = None
) -> dict[str, Any]:
    """What proves this edition, or the one in force; `NotFound` for what is not public. By the newest root, or `day`'s.

    A withdrawn one is proved without its copy: that it was public, and that it was taken back.
    """
    public = one_public(session, number, edition)
    gone = isinstance(public, Gone)
    result = of_gone(session, public) if isinstance(public, Gone) else public
    folder = folder_of(session, roots)
    under = stands(folder, KIND, result.id) if day is None else stood_on(folder, result, day)
    events = events_until(session, result, under.seq) if under else []
    shown = [shown_event(event) for event in events]
    if under is None or not says_as_much(shown, result, gone=gone):
        raise not_under(day)
    if shown[0]["row"]["details"].get("copy_sha256") != result.copy_sha256:
        raise NoProof("not_bound", _("It was published before the record bound the copies; there is no proof of it"))
    proof = put_together(result, shown, under, root_of(folder, under.day), None if gone else result.copy)
    statements = kept(folder)
    return proof | ({"reason": result.reason} if gone else {}) | ({"statements": statements} if statements else {})


def stood_on(folder: Path, result: Result, day: str) -> Stands | None:
    """How it stood under the root of `day`, the tree of which is laid out for it: one at a time, and not a vast one."""
    path = folder / f"{day}.json"
    if not path.is_file():
        raise NoProof("no_such_root", _("There is no root of that day"))
    try:
        if not (folder / earlier_name(KIND, day)).exists():
            if (folder / root_of(folder, day)["heads"]).stat().st_size > LARGEST_HEADS:
                raise NoProof(
                    "too_many", _("That day's record is too large to be laid out on a page; ask the agency for it")
                )
            with ONE_AT_A_TIME:
                lay_out_earlier(folder, KIND, day)
        return stood(folder, KIND, result.id, day)
    except FileNotFoundError as archived:
        said = _("What that root was made of is not kept here any more; its leaves may not be blinded, either")
        raise NoProof("archived", said) from archived


def not_under(day: str | None) -> NoProof:
    if day is None:
        return NoProof("proof_follows", _("Its proof follows with the next daily root of the record"))
    said = _("The root of that day does not have it as it is now: it was published, corrected or taken back later")
    return NoProof("not_under_that_root", said)


def of_gone(session: Session, gone: Gone) -> Result:
    return session.scalars(sa.select(Result).filter_by(number=gone.number, edition=gone.edition)).one()


def events_until(session: Session, result: Result, seq: int) -> list[Event]:
    of = sa.select(Event).where(Event.subject_type == KIND, Event.subject_id == result.id, Event.seq <= seq)
    return list(session.scalars(of.order_by(Event.seq)))


def shown_event(event: Event) -> dict[str, Any]:
    """The row as the digest covers it."""
    if event.details.keys() - SHOWN:
        raise NoProof("not_shown", _("The record of this result holds what is not public; there is no proof of it"))
    return {"row": covered_by(event), "digest": event.digest}


def says_as_much(shown: list[dict[str, Any]], result: Result, *, gone: bool) -> bool:
    """That it was published; and of what is gone, that it is: the day before would say that it stands."""
    reached = {event["row"]["new_status"] for event in shown}
    needed = {ResultStatus.PUBLISHED.value, *([result.status.value] if gone else [])}
    return needed <= reached


def root_of(folder: Path, day: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{day}.json").read_bytes())
    return found


def put_together(
    result: Result, shown: list[dict[str, Any]], under: Stands, root: dict[str, Any], copy: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "number": result.number,
        "edition": str(result.edition),
        "state": told_by(shown, copy).state,
        **({} if copy is None else {"copy": copy}),
        "events": shown,
        "leaf": [KIND, str(result.id), str(under.seq), under.digest, under.blind],
        "path": [{"side": side, "hash": neighbour} for side, neighbour in under.path],
        "root": root,
    }
