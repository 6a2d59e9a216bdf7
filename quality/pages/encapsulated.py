"""The evidence capsules of a sample as its page shows them."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.capsules.models import Capsule, Stamping, Variant
from quality.capsules.queries import capsules_of, fetched, variants_for
from quality.core.words import Text, _
from quality.pages.moments import moment
from quality.pages.timeline import Names
from quality.people.actor import Actor
from quality.purchases.models import Sample

OFFERED: dict[str, Text] = {
    Variant.WHOLE: _("Everything, for the agency and a court: it holds what leads to the buyer"),
    Variant.OPEN: _("To give away: what leads to the buyer is left out, its hashes stay"),
}
CALLED: dict[Variant, Text] = {Variant.WHOLE: _("with everything"), Variant.OPEN: _("to give away")}


class Line(NamedTuple):
    """One capsule."""

    capsule: Capsule
    name: Text
    tone: str
    state: Text
    stamp: Text
    asked: Text
    taken: Text
    address: str | None
    mib: str


class Panel(NamedTuple):
    """On the page of its sample: how many there are is of no interest, but that one is there or on its way."""

    address: str
    newest: Line | None


def panel(session: Session, sample: Sample, me: Actor) -> Panel | None:
    if not variants_for(me, sample):
        return None
    found = lines(session, sample, me, most=1)
    return Panel(url_for("capsules.listed", number=sample.number), found[0] if found else None)


def lines(session: Session, sample: Sample, me: Actor, most: int | None = None) -> list[Line]:
    found = capsules_of(session, sample, me)[:most]
    looks = fetched(session, found)
    acting = {key: int(look.by.split(" ")[0].partition(":")[2] or 0) for key, look in looks.items()}
    people = {each.asked_by_id for each in found if each.asked_by_id} | set(acting.values())
    names = Names(session, people, me)
    told = []
    for each in found:
        look = looks.get(each.id)
        taken = _(
            "%(times)s× downloaded, last %(at)s by %(who)s",
            times=look.times, at=moment(look.last), who=names.name(acting[each.id]),
        ) if look else _("not downloaded yet")  # fmt: skip
        asked = _("%(at)s by %(who)s", at=moment(each.asked_at), who=names.name(each.asked_by_id))
        tone, state = standing(each)
        address = url_for("capsules.fetch", number=sample.number, edition=each.edition) if each.sha256 else None
        mib = f"{(each.bytes or 0) / 1024 / 1024:.1f}"
        told.append(Line(each, CALLED[each.variant], tone, state, stamp_of(each), asked, taken, address, mib))
    return told


def standing(capsule: Capsule) -> tuple[str, Text]:
    if capsule.sha256:
        return "ok", _("made")
    if capsule.problem.startswith("lost"):
        return "bad", _("A file of the case is not in the store as it came: tell who runs this program")
    if capsule.problem:
        return "warn", _("It could not be made, and is tried again: %(why)s", why=capsule.problem)
    if capsule.files:
        return "wait", _("being made: %(done)s of %(files)s files", done=capsule.done, files=capsule.files)
    return "wait", _("being made")


def stamp_of(capsule: Capsule) -> Text:
    match capsule.stamping:
        case Stamping.THERE:
            return _("time stamp of %(at)s", at=moment(capsule.stamped_at))
        case Stamping.AWAITED:
            return _("without time stamp: the authority did not answer; it is asked again, and the file made anew")
        case _none:
            return _("without time stamp: no authority is configured") if capsule.sha256 else ""


def as_json(capsule: Capsule) -> dict[str, Any]:
    """For programs: as it stands in the row."""
    state = "made" if capsule.sha256 else "waiting" if capsule.problem else "being_made"
    return {
        "edition": capsule.edition,
        "variant": capsule.variant.value,
        "state": state,
        "problem": capsule.problem if state == "waiting" else "",
        "done": capsule.done,
        "files": capsule.files,
        "asked_at": capsule.asked_at,
        "made_at": capsule.made_at,
        "sha256": capsule.sha256,
        "bytes": capsule.bytes,
        "signed_with": capsule.signed_with,
        "timestamp": capsule.stamping.value,
        "stamped_at": capsule.stamped_at,
    }
