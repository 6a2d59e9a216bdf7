"""What is said of a proof, link by link, and which keys this installation signs its roots with."""

from __future__ import annotations

import base64
import re
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quality.core.config import Settings
from quality.core.handover import HANDOVER, MOST, REVOCATION, Reached, fingerprint, is_statement, kept
from quality.core.roots import days_of_keys
from quality.core.words import Text, _
from quality.publication.checking import Checked, Found, Link, Unreadable

PLAIN_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Key(NamedTuple):
    key: str  # the public half, base64
    fingerprint: str
    first: str | None  # days of the roots that it signed
    last: str | None
    is_current: bool
    vouched_by: str | None  # the fingerprint of the key that handed over to it
    revoked_at: str | None


def keys_of(settings: Settings, folder: Path) -> list[Key]:
    """The public keys that may sign a root, the present one first."""
    present = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key).public_key().public_bytes_raw()
    signed = days_of_keys(folder)
    ours = [base64.b64encode(each).decode() for each in (present, *(settings.record_earlier_keys or ()))]
    statements = kept(folder)
    voucher = {each["to"]: fingerprint(each["from"]) for each in statements if each["format"] == HANDOVER}
    gone = {each["key"]: each["at"] for each in statements if each["format"] == REVOCATION}
    found = []
    for place, each in enumerate(dict.fromkeys(ours)):
        first, last = signed.get(each, (None, None))
        about = (place == 0, voucher.get(each), gone.get(each))
        found.append(Key(each, fingerprint(each), first, last, *about))
    return found


def statements_in(found: Any) -> list[dict[str, str]]:
    """From keys.json, from a list, or one alone; `Unreadable` if there are none in it."""
    given = found.get("statements", [found]) if isinstance(found, dict) else found
    if not isinstance(given, list) or len(given) > MOST or not all(map(is_statement, given)):
        raise Unreadable("keys")
    return given


def plain_day(text: str) -> str | None:
    """A day as 2026-11-27, or None."""
    try:
        return date.fromisoformat(text).isoformat() if PLAIN_DAY.fullmatch(text) else None
    except ValueError:
        return None


# What each link is, and what is said of it as it was found.
# fmt: off
LINKS: dict[Link, dict[Found, Text]] = {
    Link.COPY: {
        Found.HOLDS: _("The text of the result is, to the letter, the one that the record names by its sha256"),
        Found.BROKEN: _("The text of the result is not what the record names: it was altered, or is another result's"),
        Found.UNKNOWN: _("The proof holds no text of the result, and none was given beside it"),
    },
    Link.EVENTS: {
        Found.HOLDS: _("Its events follow from each other: none was altered, left out or put in"),
        Found.BROKEN: _("Its events do not follow from each other: one was altered, left out or put in"),
    },
    Link.LEAF: {
        Found.HOLDS: _("The last of them is what the day's root vouches for"),
        Found.BROKEN: _("The last of them is not what the day's root vouches for"),
    },
    Link.PATH: {
        Found.HOLDS: _("The path from there leads to the root of the day"),
        Found.BROKEN: _("The path from there does not lead to the root of the day: it, or the root, was altered"),
    },
    Link.SIGNATURE: {
        Found.HOLDS: _("The root is signed by the key that it names"),
        Found.BROKEN: _("The signature under the root is not that key's: one of the three was altered"),
    },
    Link.KEY: {
        Found.HOLDS: _("That key is one that you know"),
        Found.BROKEN: _("That key is not the one you gave: somebody else signed"),
        Found.UNKNOWN: _("No key was given, so nothing tells whose key it is"),
    },
    Link.KEPT: {
        Found.HOLDS: _("The root is the one that you kept"),
        Found.BROKEN: _("The root of that day which you kept is another one"),
        Found.UNKNOWN: _("What you kept has no root of that day"),
    },
    Link.REASON: {
        Found.HOLDS: _("The reason for which it was taken back is, to the letter, the one that the record names"),
        Found.BROKEN: _("The reason is not the one that the record names by its sha256: it was altered"),
    },
    Link.STATEMENT: {
        Found.HOLDS: _("Number, edition and state are what its events say"),
        Found.BROKEN: _("Number, edition or state is not what its events say"),
    },
}
WAYS: dict[Reached, Text] = {
    Reached.GIVEN: _("It is the one you gave."),
    Reached.VOUCHED: _("The key that you gave has handed over to it, each key vouching for the next."),
    Reached.NO_VOUCHER: _("No hand-over leads to it: no key vouches for it."),
    Reached.STRANGER: _("What vouches for it is a key that you did not give, nor one that yours vouches for."),
    Reached.FORGED: _("A hand-over would lead to it, and its signatures are not those of its keys: it was forged."),
    Reached.REVOKED: _("It was revoked, or a key on the way to it: ask the agency which key is theirs now."),
}
MEANS: dict[Found, Text] = {
    Found.HOLDS: _("The proof holds"),
    Found.BROKEN: _("The proof does not hold"),
    Found.UNKNOWN: _("Nothing in it is broken, but something is missing to be sure"),
}
SIGNS: dict[Found, Text] = {
    Found.HOLDS: _("holds"),
    Found.BROKEN: _("does not hold"),
    Found.UNKNOWN: _("not known"),
}
STATES: dict[str, Text] = {
    "published": _("in force on that day"),
    "superseded": _("superseded by a later edition"),
    "withdrawn": _("withdrawn"),
    "expired": _("no longer public, as its time was over"),
}
WHERE: dict[str, Text] = {
    "keys": _("There are no hand-overs of keys in this: they stand in keys.json, as it is published"),
    "size": _("This is longer than any proof"),
    "json": _("This is no JSON object"),
}
# fmt: on


def links_of(checked: Checked) -> list[tuple[Link, Found, Text]]:
    """Each link that there is something to say of."""
    return [
        (link, found, LINKS[link][found])
        for link, found in checked.links.items()
        if found in LINKS[link] and (link is not Link.KEPT or found is not Found.UNKNOWN)
    ]


def way_of(link: Link, checked: Checked) -> Text | str:
    """Behind the sentence of the key: how one comes to it from those that were given."""
    return WAYS[checked.reached] if link is Link.KEY and checked.reached else ""


def unreadable(problem: Unreadable) -> Text:
    said = WHERE.get(problem.where)
    return said or _(
        "This is no proof of this program: “%(name)s” is missing, or is not what it should be", name=problem.where
    )
