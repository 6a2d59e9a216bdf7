"""The files behind the tiles: the original for who sent it, for others a copy that does not say where it was taken."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO

from flask import Blueprint, make_response, request, send_file
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.evidence import operations
from quality.evidence.models import Exhibit
from quality.evidence.pictures import READABLE, THUMBNAIL, copy_of, has_copy
from quality.evidence.vault import Vault, vault_from
from quality.pages.exhibits import exhibits, is_own, protected
from quality.pages.kinds import kind_for
from quality.people.access import acting, me
from quality.publication.search import visible
from quality.web import settings

files = Blueprint("exhibits", __name__, url_prefix="/desk/<kind>/<number>/evidence/<int:exhibit>")
ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic", "video/mp4": "mp4",
    "video/quicktime": "mov", "application/pdf": "pdf", "text/plain": "txt", "application/json": "json",
}  # fmt: skip


@files.get("")
@acting
def show(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    found = one(kind, number, exhibit)
    if protected(db.session(), [found], me):
        raise NotFound(number)  # asked for by name only: see `reveal`
    return answer(found)


@files.post("", endpoint="reveal")
@acting
def reveal(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    """A picture that leads to the buyer, for who may read identities. The look is recorded with its reason."""
    found = one(kind, number, exhibit)
    why = visible(request.form.get("why", ""))[:500]
    if not why:
        raise Invalid(FieldProblem("why", "missing", _("Enter why you must read the buyer's identity")))
    return answer(found, why)


@files.get("/thumbnail")
@acting
def thumbnail(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    found = one(kind, number, exhibit)
    small = None if protected(db.session(), [found], me) else made_from(found, THUMBNAIL)
    if small is None:
        raise NotFound(number)
    return make_response(small, {"Content-Type": "image/jpeg"})


def one(kind: str, number: str, key: int) -> Exhibit:
    session, found = db.session(), kind_for(me, kind)
    case: Any = found.one_visible(session, me, number)
    for each in exhibits(session, case, me):
        if each.id == key:
            return each
    raise NotFound(str(key))


def answer(found: Exhibit, why: str = "") -> ResponseReturnValue:
    holding = found.holding
    if is_own(found, me):
        original = opened(found, why)
        name = f"{found.kind.value}-{holding.sha256[:8]}.{ENDINGS.get(holding.media_type, 'bin')}"
        return send_file(original, holding.media_type, not has_copy(holding.media_type), name, conditional=False)
    readable = made_from(found, READABLE)
    if readable is None:
        raise NotFound(holding.sha256[:8])
    return send_file(io.BytesIO(readable), "image/jpeg")


def made_from(found: Exhibit, box: tuple[int, int]) -> bytes | None:
    with there(lambda vault: vault.open(found.holding.sha256), found) as original:
        return copy_of(original, found.holding.media_type, box)


def opened(found: Exhibit, why: str) -> BinaryIO:
    """The bytes as they came. What leads to the buyer is logged."""
    return there(lambda vault: operations.show(db.session(), vault, found, by=me, why=why), found)


def there(fetch: Callable[[Vault], BinaryIO], found: Exhibit) -> BinaryIO:
    try:
        return fetch(vault_from(settings().evidence_url))
    except FileNotFoundError:
        raise NotFound(found.holding.sha256) from None
