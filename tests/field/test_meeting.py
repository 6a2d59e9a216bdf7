"""Hand-overs from telephone to telephone: each side comes when it can, and what both read stands as it was read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from quality.core import clock
from quality.field.codes import in_a_qr, new_code, read_code
from quality.field.models import Meeting
from quality.people.actor import Actor
from quality.purchases.models import Confirmation, HandOver, PortionKind, Sample, Side
from quality.purchases.queries import custody
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.field import Telephone
from tests.harness.people import Cast
from tests.harness.purchases import sealed_sample

UNSEEN = {"seal_state": "intact", "no_photo": "夜间，无光"}


@pytest.fixture
def cast(in_field: Cast) -> Cast:
    return in_field


@pytest.fixture
def sample(session: Session, cast: Cast) -> Sample:
    found = sealed_sample(session, cast)
    session.commit()
    cast.clock.advance(minutes=30)
    return found


def seal_of(sample: Sample) -> str:
    return sample.portion(PortionKind.TEST).seal_no


def gives(telephone: Telephone, sample: Sample, code: str, **changed: Any) -> str:
    fields = UNSEEN | {"code": code, "portion": "test", "seal_no": seal_of(sample)} | changed
    return telephone.send("hand_over", sample.number, name="give", fields=fields, phone_now=moment_now())


def takes(telephone: Telephone, code: str, seal_no: str, **changed: Any) -> str:
    fields = UNSEEN | {"code": code, "seal_no": seal_no} | changed
    return telephone.send("hand_over", "", name="take", fields=fields, phone_now=moment_now())


def moment_now() -> str:
    return (clock.now() - timedelta(minutes=5)).isoformat()


def with_password(session: Session, actor: Actor) -> None:
    assert actor.person
    give_password(session, actor.person)


@given(st.integers(0, 8), st.sampled_from("2345679ACEFHJKMNPRTWXY"))
def test_a_slip_of_the_finger_is_no_code(place: int, sign: str) -> None:
    code = new_code()
    signs = code.removeprefix("HO-")
    changed = f"HO-{signs[:place]}{sign}{signs[place + 1 :]}"
    assert read_code(code.lower()) == read_code(in_a_qr(code, "YZ-1-A")) == read_code(in_a_qr(code, "")) == code
    assert changed == code or read_code(changed) is None


@pytest.mark.parametrize("first", ["give", "take"])
def test_both_sides_come_in_any_order_and_make_one_hand_over(
    app: Flask, session: Session, cast: Cast, sample: Sample, first: str
) -> None:
    giver, taker, code = Telephone(app, session, cast.buyer), Telephone(app, session, cast.coordinator), new_code()
    seal, test_portion = seal_of(sample), sample.portion(PortionKind.TEST).id
    if first == "give":
        one, other = gives(giver, sample, code), takes(taker, in_a_qr(code, seal), seal)
    else:
        other, one = takes(taker, code, seal), gives(giver, sample, code)
    assert giver.became(one)[one]["state"] == taker.became(other)[other]["state"] == "safe"
    session.expire_all()
    out, step = session.scalars(sa.select(HandOver).filter_by(portion_id=test_portion).order_by(HandOver.id)).all()[1:]
    assert (out.given_by.partition(":")[0], out.taken_by) == ("store", f"person:{cast.buyer.id}")
    assert step.taken_by == f"person:{cast.coordinator.id}"
    assert (step.given_by, step.giver_is_silent, step.taker_is_silent) == (f"person:{cast.buyer.id}", False, False)
    assert step.at == clock.now() - timedelta(minutes=5)
    said = session.scalars(sa.select(Confirmation).filter_by(hand_over_id=step.id)).one()
    assert (said.side, said.by_id, said.seal_no) == (Side.TAKEN, cast.coordinator.id, seal)
    assert [gap.reason.code for chain in custody(session, sample) for gap in chain.gaps] == []


@on_sqlite
@pytest.mark.parametrize(
    "case",
    [({"seal_no": "YZ-OTHER-1", "seal_state": "another"}, "seal_differs"), ({"seal_state": "broken"}, "seal_broken")],
)
def test_what_the_two_read_differently_stands_as_it_was_read(
    app: Flask, session: Session, cast: Cast, sample: Sample, case: tuple[dict[str, str], str]
) -> None:
    (taken, gap), code = case, new_code()
    gives(Telephone(app, session, cast.buyer), sample, code)
    takes(Telephone(app, session, cast.coordinator), code, **{"seal_no": seal_of(sample), **taken})
    session.expire_all()
    assert [found.reason.code for chain in custody(session, sample) for found in chain.gaps] == [gap]


@on_sqlite
def test_nobody_hands_over_to_themselves_and_a_code_is_used_once(
    app: Flask, session: Session, cast: Cast, sample: Sample
) -> None:
    with_password(session, cast.buyer)
    mine, code = Telephone(app, session, cast.buyer), new_code()
    gives(mine, sample, code)
    no, again = takes(mine, code, seal_of(sample)), gives(mine, sample, code)
    became = mine.became(no, again)
    assert (became[no]["code"], became[again]["code"]) == ("to_yourself", "used_code")
    assert became[no]["reason"].startswith("You cannot hand it over to yourself")
    page = sign_in(app, cast.buyer).get(became[no]["mend"], follow_redirects=True).text
    assert code in page
    assert "You cannot hand it over to yourself" in page
    bad = takes(mine, "HO-2222-2222", seal_of(sample))
    assert "Read the code once more" in mine.became(bad)[bad]["reason"]


@on_sqlite
def test_one_side_alone_stands_before_the_coordinator(app: Flask, session: Session, cast: Cast, sample: Sample) -> None:
    with_password(session, cast.coordinator)
    code = new_code()
    gives(Telephone(app, session, cast.buyer), sample, code)
    client = sign_in(app, cast.coordinator)
    page = client.get("/desk/pieces/").text
    assert code in page
    assert sample.number in page
    assert "The other side has not come" in page
    assert "Look at them" in client.get("/desk/").text
    meeting = session.scalars(sa.select(Meeting.id)).one()
    assert client.post(f"/desk/take/{meeting}/aside").status_code == 302
    assert client.post(f"/desk/take/{meeting}/aside").status_code == 404
    assert code not in client.get("/desk/pieces/").text


@on_sqlite
def test_who_may_not_take_it_makes_no_hand_over_and_is_named(
    app: Flask, session: Session, cast: Cast, sample: Sample
) -> None:
    from quality.permissions import Role
    from tests.harness.people import hire

    code = new_code()
    takes(Telephone(app, session, hire(session, cast.agency, Role.BUYER)), code, seal_of(sample))
    gives(Telephone(app, session, cast.buyer), sample, code)
    session.expire_all()
    meeting = session.scalars(sa.select(Meeting)).one()
    assert meeting.hand_over_id is None
    assert meeting.trouble and "coordinator of the agency" in meeting.trouble["en"]


@on_sqlite
def test_it_works_on_pages_alone(app: Flask, session: Session, cast: Cast, sample: Sample) -> None:
    for actor in (cast.buyer, cast.coordinator):
        with_password(session, actor)
    number, version, seal = sample.number, sample.version, seal_of(sample)
    client = sign_in(app, cast.buyer)
    page = client.get(f"/desk/sample/{number}/give").text
    assert "<svg" in page
    code = page.partition('name="code" value="')[2].partition('"')[0]
    fields = UNSEEN | {"code": code, "portion": "test", "seal_no": seal, "version": version}
    assert client.post(f"/desk/sample/{number}/give", data=fields).status_code == 302
    taker = sign_in(app, cast.coordinator)
    assert "Fill this in" in taker.post("/desk/take/", data={"code": code}).text
    assert taker.post("/desk/take/", data=UNSEEN | {"code": code, "seal_no": seal}).status_code == 302
    assert "the hand-over is recorded" in taker.get("/desk/take/").text
