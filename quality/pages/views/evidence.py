"""The files behind the tiles: a copy that does not say where it was taken; the original for who may have it."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import _
from quality.evidence import operations
from quality.evidence.kinds import PAGES
from quality.evidence.media import ENDINGS
from quality.evidence.models import CopyKind, Exhibit
from quality.evidence.queries import may_have_the_original, with_copies
from quality.evidence.saved import text_of
from quality.evidence.vault import vault_from
from quality.pages.exhibits import exhibits, protected
from quality.pages.kinds import kind_for
from quality.people.access import acting, me
from quality.people.looks import LookReason, read_reason
from quality.publication.search import visible
from quality.web import settings
from quality.web.streams import ALONE, streamed


class Why(NamedTuple):
    words: str
    reason: LookReason


UNASKED = Why("", LookReason.OTHER)  # of what leads to nobody, or is the buyer's own
files = Blueprint("exhibits", __name__, url_prefix="/desk/<kind>/<number>/evidence/<int:exhibit>")


@files.get("")
@acting
def show(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    found = asked_openly(kind, number, exhibit)
    return copy(found, CopyKind.READABLE) if is_copied(found) else original(found)


@files.get("/original", endpoint="original")
@acting
def fetch(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    return original(asked_openly(kind, number, exhibit))


@files.get("/thumbnail")
@acting
def thumbnail(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    return copy(asked_openly(kind, number, exhibit), CopyKind.THUMBNAIL)


@files.get("/text")
@acting
def text(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    """What can be read in a page that a browser saved."""
    found = asked_openly(kind, number, exhibit)
    if found.holding.media_type not in PAGES or not may_have_the_original(me, found):
        raise NotFound(number)
    with shown(found, UNASKED).file as file:
        read = text_of(file)
    if read is None:
        raise Refused("not_read", _("This saved page cannot be read as text; fetch the file"))
    return Response(read, mimetype="text/plain", headers={"Content-Security-Policy": ALONE})


@files.post("", endpoint="reveal")
@acting
def reveal(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    """A picture that leads to the buyer, for who may read identities. The look is recorded with its reason."""
    found = one(kind, number, exhibit)
    why = asked_why()
    if is_copied(found) and "original" not in request.form:
        return copy(found, CopyKind.READABLE, why)
    return original(found, why)


def asked_why() -> Why:
    """What was sent with it: a picture that leads to the buyer is shown to nobody without."""
    typed = visible(request.form.get("why", ""))[:500]
    if not typed:
        raise Invalid(FieldProblem("why", "missing", _("Enter why you must read the buyer's identity")))
    return Why(typed, read_reason(request.form.get("reason", "")))


def asked_openly(kind: str, number: str, exhibit: int) -> Exhibit:
    found = one(kind, number, exhibit)
    if protected(db.session(), [found], me):
        raise NotFound(number)  # asked for by name only: see `reveal`
    return found


def one(kind: str, number: str, key: int) -> Exhibit:
    session, found = db.session(), kind_for(me, kind)
    case: Any = found.one_visible(session, me, number)
    for each in exhibits(session, found, case, me):
        if each.id == key:
            return each
    raise NotFound(str(key))


def copy(found: Exhibit, kind: CopyKind, why: Why = UNASKED) -> ResponseReturnValue:
    with_it = shown(found, why, kind)
    return streamed(with_it.file, with_it.bytes, with_it.media_type)


def original(found: Exhibit, why: Why = UNASKED) -> ResponseReturnValue:
    """As it came, to be saved: what is in it opens nowhere near us."""
    if not may_have_the_original(me, found):
        raise NotFound(found.holding.sha256)
    opened = shown(found, why)
    name = f"{found.kind.value}-{found.holding.sha256[:8]}.{ENDINGS.get(opened.media_type, 'bin')}"
    return streamed(opened.file, opened.bytes, opened.media_type, name)


def is_copied(found: Exhibit) -> bool:
    return bool(with_copies(db.session(), [found]))


def shown(found: Exhibit, why: Why, kind: CopyKind | None = None) -> operations.Shown:
    vault = vault_from(settings().evidence_url)
    try:
        return operations.show(db.session(), vault, found, by=me, why=why.words, reason=why.reason, copy=kind)
    except FileNotFoundError:
        raise NotFound(found.holding.sha256) from None
