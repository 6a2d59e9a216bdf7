"""Cover identities: kept encrypted, read after a look that is recorded, chosen for an order, blocked when used up."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.events import Access, Event, Note
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.covers import CoverIdentity, CoverSecret, Retiring
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import order
from quality.purchases.operations.appearing import offered_for
from quality.purchases.operations.covers import NewCover, add_covers, one_cover, retire, show_cover, visible_covers
from quality.purchases.operations.identity import show_identity
from quality.purchases.proposing import proposed_for, uses_of_covers
from quality.purchases.rules import limits_of, set_rules
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import ORDERED, PURCHASE, buy, cipher, open_campaign, prove, task_at
from tests.harness.races import at_once

SAYS = {"account": "mizhang-3", "recipient": "慕容问渠", "address": "云州市听雨巷17号", "telephone": "199-0000-3344"}
LIMITS = {"shop_again": 0, "cover_period": 30, "cover_on_platform": 1, "cover_in_shop": 0}
NOTHING_TYPED = {"account": "", "recipient": "", "address": "", "telephone": ""}


def registered(session: Session, cast: Cast, **more: str) -> CoverIdentity:
    [cover] = add_covers(session, [NewCover(**(SAYS | more))], by=cast.coordinator, cipher=cipher())
    session.commit()
    return cover


def test_what_it_says_is_kept_encrypted_and_each_look_is_recorded(session: Session, cast: Cast) -> None:
    cover = registered(session, cast, platform=cast.platform.code, region="云省")
    assert (cover.number, cover.platform, cover.region) == ("CV-YZ-2026-0001", cast.platform, "云省")
    kept = session.scalars(sa.select(CoverSecret)).all()
    assert len(kept) == 4
    assert not [each for each in kept if any(value in each.value + each.blind_index for value in SAYS.values())]
    assert not [
        each for each in session.scalars(sa.select(Event)) if any(v in str(each.details) for v in SAYS.values())
    ]
    assert session.scalars(sa.select(Note)).all() == []
    with invalid(("why", "missing")):
        show_cover(session, cover, by=cast.coordinator, cipher=cipher(), why=" ")
    shown = show_cover(session, cover, by=cast.coordinator, cipher=cipher(), why="核对账号")
    assert shown == SAYS | {"telephone": "199-0000-3344"}
    looks = session.scalars(sa.select(Access).filter_by(subject_type="cover_identity")).all()
    assert {(each.what, each.why) for each in looks} == {(f"identity:{kind}", "核对账号") for kind in SAYS}


@on_sqlite
def test_who_may_read_and_keep_them(session: Session, cast: Cast) -> None:
    other = hire(session, cast.agency, Role.BUYER)
    assert other.person
    mine = registered(session, cast)
    theirs = registered(session, cast, account="another", buyer=other.person.email)
    assert session.scalars(visible_covers(cast.coordinator)).all() == [mine, theirs]
    assert session.scalars(visible_covers(cast.buyer)).all() == [mine]
    assert show_cover(session, mine, by=cast.buyer, cipher=cipher(), why="购样")["account"] == "mizhang-3"
    for stranger in (cast.reviewer, hire(session, cast.above, Role.COORDINATOR), cast.desk):
        with pytest.raises(NotFound):
            one_cover(session, stranger, mine.id)
    with pytest.raises(NotFound):
        one_cover(session, cast.buyer, theirs.id)
    for nobody in (cast.buyer, cast.reviewer):
        with pytest.raises(NotPermitted):
            add_covers(session, [NewCover(account="x")], by=nobody, cipher=cipher())
        with pytest.raises(NotPermitted):
            retire(session, mine, Retiring.KNOWN, by=nobody)


@on_sqlite
def test_of_many_all_are_registered_or_none_and_each_wrong_one_is_named(session: Session, cast: Cast) -> None:
    registered(session, cast)
    wrong = [
        NewCover(account="mizhang-3"),  # for any platform already
        NewCover(),
        NewCover(account="new", telephone="12"),
        NewCover(account="new-2", platform="无此平台", buyer="无此人"),
        NewCover(account="new"),
        NewCover(account="字" * 101),
    ]
    with invalid(
        ("covers 1, account", "used_account"),
        ("covers 2, account", "missing"),
        ("covers 3, telephone", "no_telephone_number"),
        ("covers 4, platform", "unknown_platform"),
        ("covers 4, buyer", "no_buyer_here"),
        ("covers 5, account", "used_account"),
        ("covers 6, account", "too_long"),
    ):
        add_covers(session, wrong, by=cast.coordinator, cipher=cipher())
    session.rollback()
    assert len(session.scalars(sa.select(CoverIdentity)).all()) == 1
    with invalid(("covers", "how_many")):
        add_covers(session, [], by=cast.coordinator, cipher=cipher())
    with invalid(("covers", "how_many")):
        add_covers(session, [NewCover(account=str(n)) for n in range(201)], by=cast.coordinator, cipher=cipher())


def test_an_order_takes_what_is_not_typed_from_the_cover_identity_and_it_counts(session: Session, cast: Cast) -> None:
    cover = registered(session, cast)
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    buy(session, task, cast, **NOTHING_TYPED | {"recipient": "另一人"}, cover=cover)
    shown = show_identity(session, task, by=cast.buyer, cipher=cipher(), why="核对")
    assert {kind: shown[kind] for kind in SAYS} == SAYS | {"recipient": "另一人"}
    uses = uses_of_covers(session, cast.agency.id, limits_of(session, cast.agency.id))[cover.id]
    assert {(use.kind, use.platform) for use in uses} == {
        (kind, task.drawn.platform_id) for kind in ("account", "address", "telephone")
    }


@on_sqlite
def test_a_value_that_reached_its_limit_is_refused_chosen_typed_or_as_last_time(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    cover, spare = registered(session, cast), registered(session, cast, account="s", address="s", telephone="")
    _campaign, tasks = open_campaign(session, cast)
    [first, second] = [each for each in tasks if each.drawn.platform_id == tasks[0].drawn.platform_id]
    [elsewhere, _last] = [each for each in tasks if each.drawn.platform_id != tasks[0].drawn.platform_id]
    session.info["planned"] = [first, second, elsewhere]
    for _each in range(3):
        task_at(session, cast, TaskStatus.ASSIGNED)
    set_rules(session, LIMITS, edition=1, by=cast.coordinator)
    buy(session, first, cast, **NOTHING_TYPED, cover=cover)
    session.commit()

    offered = offered_for(session, second, limits_of(session, cast.agency.id))
    assert [(each.cover, each.seen, each.over is not None) for each in offered] == [(spare, 0, False), (cover, 1, True)]
    with invalid(*[("cover", "cover_on_platform")] * 3):
        buy(session, second, cast, **NOTHING_TYPED, cover=cover)
    with invalid(("telephone", "cover_on_platform")):
        buy(session, second, cast, telephone=SAYS["telephone"])
    with invalid(("address", "cover_on_platform"), ("telephone", "cover_on_platform")):
        buy(session, second, cast, **NOTHING_TYPED | {"account": "fresh"})  # where the last parcel went
    session.rollback()
    found = proposed_for(session, second.campaign)
    assert {each.cover for each in found.proposals.values()} <= {spare.id, cover.id, None}
    buy(session, elsewhere, cast, **NOTHING_TYPED, cover=cover)
    clock.advance(days=30)
    buy(session, second, cast, **NOTHING_TYPED, cover=cover)


@on_sqlite
def test_a_cover_identity_of_another_platform_or_buyer_or_out_of_use_is_refused(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    others = hire(session, cast.agency, Role.BUYER)
    assert others.person
    wrong_platform = next(
        each for each in (cast.platform, cast.other_platform) if each.id != task.drawn.platform_id
    ).name
    some: list[dict[str, Any]] = [{"platform": wrong_platform}, {"buyer": others.person.email}, {}]
    covers = [registered(session, cast, account=f"a{n}", **told) for n, told in enumerate(some)]
    retire(session, covers[2], "locked", by=cast.coordinator, version=1)
    session.commit()
    for cover in covers:
        with invalid(("cover", "no_such_cover")):
            buy(session, task, cast, **NOTHING_TYPED, cover=cover)
        session.rollback()
    assert offered_for(session, task, limits_of(session, cast.agency.id)) == []


@on_sqlite
def test_what_is_retired_stays_so_and_its_account_may_be_registered_again(session: Session, cast: Cast) -> None:
    cover = registered(session, cast)
    with invalid(("reason", "unknown_reason")):
        retire(session, cover, "lost", by=cast.coordinator)
    with pytest.raises(Stale):
        retire(session, cover, "known", by=cast.coordinator, version=7)
    session.rollback()
    retire(session, cover, "known", by=cast.coordinator, version=cover.version)
    assert (cover.retired_why, cover.retired_at is not None) == (Retiring.KNOWN, True)
    with pytest.raises(Refused, match="is_retired"):
        retire(session, cover, "known", by=cast.coordinator)
    assert registered(session, cast).number == "CV-YZ-2026-0002"


def test_of_two_orders_at_once_that_would_pass_a_limit_together_the_second_is_told(
    app: Flask, session: Session, cast: Cast, clock: HeldClock
) -> None:
    cover = registered(session, cast)
    _campaign, tasks = open_campaign(session, cast)
    here = [each for each in tasks if each.drawn.platform_id == tasks[0].drawn.platform_id]
    session.info["planned"] = list(here)
    for task in here:
        assert task_at(session, cast, TaskStatus.ASSIGNED) is task
        prove(session, task, *ORDERED, by=cast.buyer)
    set_rules(session, LIMITS, edition=1, by=cast.coordinator)
    session.commit()
    waiting, used, key = [each.id for each in here], cover.id, cipher()

    def press(own: Session, actor: Actor) -> None:
        task, chosen = own.get_one(Task, waiting.pop()), own.get_one(CoverIdentity, used)
        typed = PURCHASE | {"order_number": f"TL{task.id}", "paid_at": clock.now()} | NOTHING_TYPED
        order(own, task, by=actor, cipher=key, cover=chosen, **typed)

    answers = at_once(app, [cast.buyer] * 2, press)
    assert sum(each is None for each in answers) == 1, answers
    [told] = [each for each in answers if each is not None]
    assert isinstance(told, Invalid), told
    assert {(problem.field, problem.code) for problem in told.problems} == {("cover", "cover_on_platform")}
