"""What somebody typed on a page that was older than their sitting: it comes back to them, and is not recorded.

Whoever sends a form after they were signed out is asked to sign in. Their form travels sealed in the pages of the
door, and after it they are sent, by status 307, to where the form was going. There it stands for a form that was sent
with a mistake in it: the page shows it as it was typed, and asks to send it once more. A form whose token is of an
earlier sitting comes back at once. Nothing of such a request is ever kept (`web/transactions.py`).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from flask import Response, current_app, g, request, session
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict

from quality.core.errors import Refused
from quality.core.words import Text, _
from quality.people.access import ACCESS, AT_THE_DOOR, PUBLIC, named
from quality.web import settings

FIELD = "kept"  # of the forms at the door
UNDER = "/desk/"  # elsewhere passwords are typed, and those are not kept
MOST = 300_000  # characters sealed; a form of 500,000 is refused by the framework
AGE = timedelta(days=1)
COMES_BACK: set[str] = set()  # views that show a form as it was typed, and record nothing when `not_recorded` says so
NOT_RECORDED = _("This page was opened before you signed in. Look through it and send it once more")
PAGE_TOO_OLD = _("This page was opened before you signed in. Nothing was recorded; open it anew")
View = TypeVar("View", bound=Callable[..., Any])


class Kept(NamedTuple):
    path: str
    person: int | None  # who typed it, where their browser still knew
    membership: int | None  # what they worked as
    fields: list[tuple[str, str]]
    files: list[str]


def comes_back(view: View) -> View:
    COMES_BACK.add(named(view))
    return view


def seal() -> str:
    """The form of this request, or nothing where it may not be kept: from another site, of an account, too long."""
    if not request.path.startswith(UNDER) or not is_from_our_pages():
        return ""
    kept = Kept(
        path=request.path,
        person=g.get("typed_by") or session.get("person"),
        membership=session.get("membership"),
        fields=[(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"],
        files=g.get("files_again") or names_of_files(),
    )
    sealed = locksmith().encrypt(zlib.compress(json.dumps(kept).encode())).decode()
    return sealed if len(sealed) <= MOST else ""


def opened(sealed: str) -> Kept | None:
    try:
        raw = locksmith().decrypt(sealed, ttl=int(AGE.total_seconds()))
    except (InvalidToken, ValueError):  # old, cut short, or not ours
        return None
    return Kept(*json.loads(zlib.decompress(raw)))


def locksmith() -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.sha256(b"kept form " + settings().secret_key.encode()).digest()))


def take_up() -> Kept | None:
    """The form that comes back with this request: from now on the request is what it was when it was first sent."""
    kept = opened(request.form[FIELD]) if request.method == "POST" and FIELD in request.form else None
    if kept is None or kept.path != request.path:
        return None
    request.form = ImmutableMultiDict(kept.fields)
    g.typed_by = kept.person
    if kept.membership:
        session["membership"] = kept.membership
    do_not_record(kept.files)
    return kept


def do_not_record(files: list[str]) -> None:
    request.files = ImmutableMultiDict()
    g.never_recorded, g.files_again = True, files


def not_recorded() -> list[Text]:
    """Why this request records nothing, and what has to be chosen again; empty for every ordinary request."""
    if not g.get("never_recorded"):
        return []
    return [NOT_RECORDED, *said_of(g.files_again)]


def refuse_what_does_not_come_back() -> None:
    """A view that shows no form has nowhere to show it: the refusal does."""
    if g.get("never_recorded") and view_asked() not in COMES_BACK:
        refuse()


def refuse() -> None:
    if not_recorded():
        raise Refused("page_too_old", PAGE_TOO_OLD)


def said_of(files: list[str]) -> list[Text]:
    """A browser keeps none when a page comes back."""
    return [_("Choose these files again: %(files)s", files=", ".join(files))] if files else []


def names_of_files() -> list[str]:
    return [each.filename for _field, each in request.files.items(multi=True) if each.filename]


def is_from_our_pages() -> bool:
    """Browsers say where a form was sent from. What says nothing or another place is not ours."""
    said = request.headers.get("Sec-Fetch-Site")
    return said == "same-origin" or (
        said is None and urlsplit(request.headers.get("Origin", "")).netloc == request.host
    )


def is_for_who_is_signed_in() -> bool:
    """Of what is asked: not at the door, not public, and none of the library's own pages."""
    return ACCESS.get(view_asked(), PUBLIC) not in {PUBLIC, AT_THE_DOOR}


def view_asked() -> str:
    """Its name, or nothing where no view is at the address that was asked for."""
    return named(current_app.view_functions[request.endpoint]) if request.endpoint else ""


def carried_form() -> str:
    """Through the pages of the door, for the hidden field that they all have."""
    sealed: str = g.get("sealed") or (request.form.get(FIELD, "") if request.method == "POST" else "")
    return sealed


def carry_on(response: Response) -> Response:
    """Whoever came through the door goes on to where their form was going, and takes it along."""
    at_the_door = request.method == "POST" and request.path.startswith("/account/")
    if at_the_door and response.location and FIELD in request.form and current_user.is_authenticated:
        kept = opened(request.form[FIELD])
        if kept:
            response.location, response.status_code = kept.path, 307
    return response
