"""What a page can do, a key of the same role can do by API: every move that a page offers has an address."""

from __future__ import annotations

import re

from flask import Flask

from quality.pages.kinds import KINDS
from quality.people.keys import WITHOUT
from quality.permissions import ROLES, Can
from tests.gates.test_api_routes import SINGULAR
from tests.harness.api import BASE

# how the contract calls what the pages call otherwise
OTHERWISE = {
    ("portion", "take_in"): "/lab/samples/receive",
    ("portion", "turn_away"): "/lab/samples/refuse",
    ("portion", "stop"): "/lab/samples/stop",
    ("portion", "report"): "/lab/reports",  # entering one makes it
    ("sample", "give"): "/samples/hand_over",  # a program has no hands: it writes down both sides
    ("campaign", "frame"): "/campaigns/frame",
    ("campaign part", "grant"): "/campaigns/cap_raises/grant",
    ("campaign part", "refuse"): "/campaigns/cap_raises/refuse",
    ("campaign part", "take_back"): "/campaigns/cap_raises/take_back",
    ("task part", "accept"): "/tasks/waivers/accept",
    ("task part", "refuse"): "/tasks/waivers/refuse",
    ("task part", "take_back"): "/tasks/waivers/take_back",
    ("notice", "acknowledge"): "/platform/notices/acknowledge",
    ("notice part", "claim"): "/platform/notices/outcomes",  # several at once
    ("notice part", "reply"): "/platform/notices/replies",
    ("finding part", "show"): "/findings/replies/show",
    ("finding part", "refuse"): "/findings/replies/refuse",
    ("correction part", "confirm"): "/corrections/steps/confirm",
    ("correction part", "reject"): "/corrections/steps/reject",
}


CHANGES = {"POST", "PUT"}


def addresses(app: Flask) -> set[str]:
    """Of what changes something, without the ids in them."""
    rules = (
        rule for rule in app.url_map.iter_rules() if rule.rule.startswith(BASE) and CHANGES & (rule.methods or set())
    )
    return {re.sub(r"/<[^>]*>", "", rule.rule.removeprefix(BASE)) for rule in rules}


def test_every_move_that_a_page_offers_has_an_address(sqlite_app: Flask) -> None:
    there, missing, asked = addresses(sqlite_app), [], 0
    collections = {kind: [name for name, of in SINGULAR.items() if of == kind] for kind in KINDS}
    for name, kind in KINDS.items():
        whole = {**kind.makes, **kind.sheets, **kind.deeds}
        parts = {**kind.part_makes, **kind.part_sheets}
        for of_part, moves, life in (("", whole, kind.life), (" part", parts, kind.part_life)):
            for move in moves:
                by = life[move].by if life is not None and move in life else getattr(moves[move], "by", None)
                if by is None or not may_have_a_key(Can(by)):
                    continue
                asked += 1
                between = "/items" if of_part else ""
                known = {f"/{each}{between}/{move}" for each in collections[name]}
                known.add(OTHERWISE.get((f"{name}{of_part}", move), "-"))
                if not known & there:
                    missing.append((f"{name}{of_part}", move))
    assert missing == []
    assert asked > 40


def may_have_a_key(deed: Can) -> bool:
    return any(deed in grant.may for role, grant in ROLES.items() if role not in WITHOUT)
