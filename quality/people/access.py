"""Who may open a page. Every route wears exactly one of these; a test walks the routes to be sure."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import abort, g, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.local import LocalProxy

from quality.core.errors import NotPermitted
from quality.core.words import _
from quality.people.actor import Actor
from quality.permissions import Can

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, ResponseReturnValue]

me = cast(Actor, LocalProxy(lambda: g.actor))
PUBLIC, AT_THE_DOOR, SIGNED_IN, ACTING = "public", "at the door", "signed in", "acting"
ACCESS: dict[str, Can | str] = {}  # view -> the deed it needs, or one of the four words above
ONCE_FOUND: set[str] = set()  # those that need it of a case, which they find first


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Open to everybody. It reads no session: see web/sessions.py."""
    ACCESS[named(view)] = PUBLIC
    return view


def at_the_door(view: View[P]) -> View[P]:
    """For whoever is about to sign in: it keeps a session, and shows nothing of anybody."""
    ACCESS[named(view)] = AT_THE_DOOR
    return view


def signed_in(view: View[P]) -> View[P]:
    """For whoever is signed in, whatever they work as: the pages about their own account."""
    ACCESS[named(view)] = SIGNED_IN

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if g.person is None:
            abort(401)
        return view(*args, **kwargs)

    return guarded


def acting(view: View[P]) -> View[P]:
    """For whoever works as something; which deed it takes depends on the address, and the view asks for it."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if g.actor is None:
            return redirect(url_for("account.membership"), 307 if g.get("never_recorded") else 302)
        return view(*args, **kwargs)

    kept = signed_in(guarded)
    ACCESS[named(view)] = ACTING
    return kept


def needs(deed: Can, *, once_found: bool = False) -> Callable[[View[P]], View[P]]:
    """For whoever may do this. `once_found` is for an address with an id, whose view calls `require_for` itself."""

    def wear(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not once_found and not me.can(deed):
                raise NotPermitted("role_may_not", _("Your role may not open this"))
            g.needed = deed
            return view(*args, **kwargs)

        kept = acting(guarded)
        ACCESS[named(view)] = deed
        if once_found:
            ONCE_FOUND.add(named(view))
        return kept

    return wear


def require_for(case: Any) -> None:
    """What the route needs, of this case. First what is visible is found (404), then this says no (403)."""
    if not me.can(g.needed):
        raise NotPermitted("role_may_not", _("Your role may not open this"))
    if not me.stands_over(case):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))


def named(view: Callable[..., object]) -> str:
    return f"{view.__module__}.{view.__name__}"
