"""The house rules that the running program shows: its routes, its lives, and the pages drawn from them."""

from __future__ import annotations

from enum import StrEnum

import pytest

from quality.core.surroundings import CHECKOUT
from quality.core.workflow import Workflow
from quality.workflows import WORKFLOWS, as_markdown

# fmt: off
ENDS = {  # where a life may rest for ever; every other status can be left
    "campaign":    {"closed", "cancelled"},
    "cap_raise":   {"granted", "refused", "taken_back"},
    "waiver":      {"accepted", "refused", "taken_back"},
    "task":        {"sealed", "unobtainable", "transferred_untested", "cancelled"},
    "sample":      {"closed", "refused_by_lab", "test_impossible", "transferred_untested"},
    "portion":     {"disposed", "handed_on"},
    "certificate": {"superseded", "withdrawn", "rejected"},
    "report":      {"superseded", "withdrawn"},
    "outside_item": {"agreed"},
    "finding":     {"overturned", "rejected"},
    "objection":   {"decided", "refused", "withdrawn"},
    "telling":     {"objected", "accepted"},
    "control":     {"withdrawn"},
    "notice":      {"withdrawn"},
    "notice_item": set(),
    "result":      {"superseded", "withdrawn", "expired"},
    "reply":       {"refused", "withdrawn"},
    "correction":  {"corrected", "suspension_proposed", "transferred", "withdrawn"},
    "correction_step": {"confirmed", "rejected"},
    "transfer":    {"receipted", "withdrawn"},
    "expense":     {"approved", "withdrawn"},
}
PROMISED = {  # other programs are written against these names
    "campaign":    "draft in_review approved frozen drawn in_field closed cancelled",
    "task":        "planned assigned ordered shipped received sealed unobtainable transferred_untested cancelled",
    "sample":      "sealed dispatched at_lab testing reported concluded closed refused_by_lab test_impossible "
                   "transferred_untested",
    "report":      "entered authorised superseded withdrawn",
    "finding":     "proposed confirmed overturned",
    "objection":   "received admitted in_reinspection decided refused withdrawn",
    "notice":      "draft in_review approved issuing issued served acknowledged answered closed withdrawn reopened",
    "notice_item": "open claimed verified returned excused reopened",
}
# fmt: on
lives = pytest.mark.parametrize("name", WORKFLOWS)


@lives
def test_every_status_can_be_reached(name: str) -> None:
    assert reached(WORKFLOWS[name]) == statuses(WORKFLOWS[name])


@lives
def test_every_open_status_can_be_left(name: str) -> None:
    left = {source for move in WORKFLOWS[name].transitions for source in move.sources if move.target != source}
    assert statuses(WORKFLOWS[name]) - left <= ENDS.get(name, set())


@lives
def test_no_promised_status_is_missing(name: str) -> None:
    assert set(PROMISED.get(name, "").split()) <= statuses(WORKFLOWS[name])


@lives
def test_two_moves_of_a_life_have_two_names(name: str) -> None:
    moves = [move.name for move in WORKFLOWS[name].transitions]
    assert sorted(moves) == sorted(set(moves))


def statuses(life: Workflow) -> set[StrEnum]:
    return set(type(life.start))


def reached(life: Workflow) -> set[StrEnum]:
    there, more = set(), {life.start}
    while more:
        there |= more
        more = {move.target for move in life.transitions if move.sources & there} - there
    return there


def test_the_page_of_workflows_says_what_the_tables_say() -> None:
    page = CHECKOUT / "docs" / "workflows.md"
    assert page.read_text() == as_markdown(), "stale; run: make docs"


def test_the_readme_maps_every_room() -> None:
    rooms = {path.stem for path in (CHECKOUT / "quality").iterdir() if not path.name.startswith("_")}
    readme = (CHECKOUT / "README.md").read_text()
    rooms -= {"static", "translations"}
    assert sorted(room for room in rooms if f"`{room}" not in readme and f"{room}/" not in readme) == []


def test_every_view_says_who_may_open_it(sqlite_app) -> None:
    from quality.people.access import ACCESS

    libraries = ("static", "bootstrap.", "security.")
    views = {e: f"{v.__module__}.{v.__name__}" for e, v in sqlite_app.view_functions.items()}
    assert {e for e, view in views.items() if view not in ACCESS and not e.startswith(libraries)} == set()
