"""Five platforms that know only docs/api.md and the OpenAPI document, honest, late, partial, lying and dead, and an
agency's program: each comes to the end that it deserves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.operations import set_frame
from quality.campaigns.workflow import APPROVE, SUBMIT
from quality.core.record import verify
from quality.core.workflow import perform
from quality.delivery.jobs import serve_received_notices
from quality.delivery.operations import open_as_platform
from quality.lab.models import Finding
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership, OrganisationKind
from quality.people.operations import add_organisation
from quality.permissions import Role
from quality.purchases.operations import open_field
from tests.harness.campaigns import commit_to, drawn, frame_of, planned
from tests.harness.clock import HeldClock
from tests.harness.databases import on_postgresql
from tests.harness.lab import confirmed_finding
from tests.harness.notices import drafted, issued, run
from tests.harness.people import Cast, founded, hire
from tests.harness.purchases import settings as program_settings
from tests.harness.snapshots import Road
from tests.outside import characters, regulator
from tests.outside.asking import ask, every
from tests.outside.characters import Platform
from tests.outside.conftest import present
from tests.outside.test_outside import refuses

LONG_AGO = timedelta(days=14)  # more than two working days, whatever holidays there were
HOUSES = {"honest": "知行商城", "late": "迟行集市", "partial": "半亩优选", "lying": "镜花商城", "dead": "空谷集市"}
LISTINGS = {"honest": 1, "late": 1, "partial": 2, "lying": 2, "dead": 1}


def five_platforms(session: Session, clock: HeldClock) -> dict[str, int]:
    """Findings about what each sells. Two were told long ago: one opened its notice and slept, one never looked.

    Returns the memberships of their people.
    """
    clock.moment = present() - LONG_AGO - timedelta(days=1)
    cast = founded(session, clock)
    desks = {}
    for name, called in HOUSES.items():
        house = add_organisation(session, kind=OrganisationKind.PLATFORM, code=name.upper(), name=called, by=SYSTEM)
        desks[name] = hire(session, house, Role.PLATFORM)
    found = findings_by_house(session, cast)
    for name in ("late", "dead"):
        notice = drafted(session, cast, *found[name])
        issued(session, cast, notice)
        if name == "late":
            open_as_platform(session, notice, by=desks[name])
            run(session, serve_received_notices)
    assert clock.moment < present() - LONG_AGO + timedelta(days=1)
    return {name: desk.person.memberships[0].id for name, desk in desks.items() if desk.person}


def findings_by_house(session: Session, cast: Cast) -> dict[str, list[Finding]]:
    """Of a campaign over what all five sell, two listings of each."""
    frames = program_settings().frames_folder
    design = {"strata": ["platform"], "allocation": {"method": "equal", "n": 2 * len(HOUSES)}}
    campaign = planned(session, cast, design=design)
    frame = frame_of(frames, per_platform=2, platforms=tuple(HOUSES.values()))
    set_frame(session, campaign, frame, by=cast.coordinator, frames=frames)
    perform(session, campaign, SUBMIT, by=cast.coordinator)
    perform(session, campaign, APPROVE, by=cast.reviewer)
    commit_to(session, campaign, cast, frames)
    drawn(session, campaign, cast, frames)
    found: dict[str, list[Finding]] = {}
    tasks = open_field(session, campaign, by=cast.coordinator)
    for (name, called), many in zip(HOUSES.items(), LISTINGS.values(), strict=True):
        session.info["planned"] = [task for task in tasks if task.drawn.platform.name == called][:many]
        found[name] = [confirmed_finding(session, cast) for _task in range(many)]
    return found


@pytest.fixture
def road() -> Road:
    return five_platforms


@on_postgresql
def test_each_platform_comes_to_the_end_that_it_deserves(outside, arrived):
    session, cast = outside.session, outside.cast
    coordinator, reviewer = outside.program(cast.coordinator), outside.program(cast.reviewer)
    ours = {name: a_platform(outside, name, arrived.left[name]) for name in HOUSES}
    findings = {name: numbers_of(session, called) for name, called in HOUSES.items()}
    fresh = [number for name in ("honest", "partial", "lying") for number in findings[name]]

    with living(ours) as over:
        for number in regulator.drafts(coordinator, fresh):
            regulator.moves(coordinator, number, "submit")
            regulator.moves(reviewer, number, "approve")
            regulator.moves(coordinator, number, "issue")
        notices = {name: number_to(coordinator, name) for name in HOUSES}

        for name in ("honest", "late"):
            until(lambda name=name: status(coordinator, notices[name]) == "answered")
            looks_after(coordinator, notices[name], ours[name])
            assert regulator.moves(coordinator, notices[name], "close")["status"] == "closed"
            until(lambda name=name: "notice.closed" in ours[name].types())
        until(lambda: statuses(coordinator, notices["partial"]) == ["claimed", "open"])
        looks_after(coordinator, notices["partial"], ours["partial"])
        for _time in range(characters.TWICE):
            until(lambda: statuses(coordinator, notices["lying"]) == ["claimed", "claimed"])
            looks_after(coordinator, notices["lying"], ours["lying"])
        until(lambda: ours["lying"].types().count("notice.returned") >= characters.TWICE)
    assert over.is_set()

    is_honest(coordinator, notices["honest"], ours["honest"])
    was_late(coordinator, notices["late"], ours["late"])
    answered_in_part(coordinator, notices["partial"], ours["partial"])
    was_found_lying(coordinator, notices["lying"], ours["lying"])
    is_dead(coordinator, notices["dead"], ours["dead"])
    session.rollback()
    assert verify(session, program_settings().roots_folder).broken is None


# --- the ends ---


def is_honest(coordinator: httpx.Client, number: str, ours: Platform) -> None:
    notice = regulator.read(coordinator, number)
    assert [item["status"] for item in notice["items"]] == ["verified"]
    assert ours.types() == ["notice.issued", "notice.closed"]
    assert "overdue" not in record(coordinator, number)
    assert signs(coordinator, ours) == set()


def was_late(coordinator: httpx.Client, number: str, ours: Platform) -> None:
    """Its takedown is as true as any, and that it came too late stays in the record."""
    notice = regulator.read(coordinator, number)
    assert [item["status"] for item in notice["items"]] == ["verified"]
    told = [message["data"] for message in ours.told if message["type"] == "notice.reminder"]
    assert {each["rule"] for each in told if each["overdue"]} == {"acknowledge", "remove_by_order"}
    deeds = record(coordinator, number)
    assert deeds.index("overdue") < deeds.index("claim")
    assert {"escalate_reminder", "escalate_supervisor"} <= set(deeds)
    assert any(each["rule"] == "remove_by_order" and each["overdue"] for each in notice["clocks"])


def answered_in_part(coordinator: httpx.Client, number: str, ours: Platform) -> None:
    notice = regulator.read(coordinator, number)
    assert [item["status"] for item in notice["items"]] == ["verified", "open"]
    assert notice["status"] == "acknowledged"
    [[taken, refused]] = ours.answers
    assert taken["ok"] and not refused["ok"] and refused["errors"][0]["field"] == "acted_at"
    refuses(409, "items_open", regulator.moves, coordinator, number, "close")
    assert any(each["rule"] == "remove_by_order" and not each["stopped_at"] for each in notice["clocks"])


def was_found_lying(coordinator: httpx.Client, number: str, ours: Platform) -> None:
    """Whatever it says, its listings are as open as before, and what it reports stands out."""
    notice = regulator.read(coordinator, number)
    assert [item["status"] for item in notice["items"]] == ["returned", "returned"]
    refuses(409, "items_open", regulator.moves, coordinator, number, "close")
    assert signs(coordinator, ours) >= {"contradicted", "same_file"}


def is_dead(coordinator: httpx.Client, number: str, ours: Platform) -> None:
    """Nothing proves that it ever had the notice: no time of its runs, and the coordinator is rung."""
    notice = regulator.read(coordinator, number)
    assert (notice["status"], notice["served_at"], notice["clocks"]) == ("issued", None, [])
    assert notice["unproven_by"] and "unproven" in record(coordinator, number)
    assert number in {each["number"] for each in ask(coordinator, "/worklist")["items"]}
    assert ours.told == []


# --- what an agency does and asks ---


def looks_after(coordinator: httpx.Client, number: str, ours: Platform) -> None:
    """Look at each listing that they say they took down, and go by what was seen."""
    for item in regulator.read(coordinator, number)["items"]:
        if item["status"] == "claimed":
            gone = item["listing_id"] not in ours.on_sale
            regulator.sees(coordinator, number, item, gone=gone)
            regulator.settles(coordinator, number, item, gone=gone)


def status(coordinator: httpx.Client, number: str) -> str:
    return str(regulator.read(coordinator, number)["status"])


def statuses(coordinator: httpx.Client, number: str) -> list[str]:
    return [item["status"] for item in regulator.read(coordinator, number)["items"]]


def record(coordinator: httpx.Client, number: str) -> list[str]:
    return [event["action"] for event in every(coordinator, f"/notices/{number}/events")]


def signs(coordinator: httpx.Client, ours: Platform) -> set[str]:
    figures = ask(coordinator, f"/platforms/{ours.name.upper()}/figures")
    return {each["sign"] for each in figures["signs"] if each["raised"]}


def number_to(coordinator: httpx.Client, name: str) -> str:
    """Of the notice to this platform, once it has one."""
    found: list[str] = []

    def is_there() -> bool:
        listed = every(coordinator, "/notices", platform=name.upper())
        found[:] = [each["number"] for each in listed if each["number"].startswith("N-")]
        return bool(found)

    until(is_there)
    return found[0]


def until(holds: Callable[[], bool]) -> None:
    """For what others do in their own time."""
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.3)


# --- five platforms, each with a life of its own ---


def a_platform(outside: Any, name: str, membership: int) -> Platform:
    session = outside.session
    desk = Actor.working_in(session.get_one(Membership, membership))
    drawn = sa.select(Finding).order_by(Finding.id)
    about = [each for each in session.scalars(drawn) if each.sample.purchase.drawn.platform_id == desk.organisation_id]
    on_sale = {each.sample.purchase.drawn.listing_id for each in about}
    return Platform(name, outside.program(desk.organisation), outside.program(desk), on_sale)


def numbers_of(session: Session, called: str) -> list[str]:
    found = session.scalars(sa.select(Finding).order_by(Finding.id))
    return [each.number for each in found if each.sample.purchase.drawn.platform.name == called]


@contextmanager
def living(ours: dict[str, Platform]) -> Iterator[threading.Event]:
    """Each in a thread of its own until the block ends; the dead one lives not at all."""
    over, lives = threading.Event(), {"honest", "late", "partial", "lying"}
    with ThreadPoolExecutor(len(lives)) as together:
        begun = [
            together.submit(ours[name].lives, getattr(characters, name), over, is_back=name == "late")
            for name in HOUSES
            if name in lives
        ]
        try:
            until(
                lambda: all(each.is_listening or life.done() for each, life in zip(ours.values(), begun, strict=False))
            )
            yield over
        finally:
            over.set()
        for life in begun:
            life.result(timeout=30)
