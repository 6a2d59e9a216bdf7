"""A portion goes from hand to hand inside the agency: each seal that was read stands in the chain of custody."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.errors import NotPermitted
from quality.evidence.queries import exhibits_of
from quality.purchases.models import PortionKind, Sample
from quality.purchases.operations import dispatch, pass_on
from quality.purchases.operations.storage import add_place
from quality.purchases.queries import custody, photos_of
from tests.evidence.files import little_picture
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import BY_COURIER, sealed_sample

STOPPED = "until then the laboratory does not take it in"
TO_CONFIRM = '">Confirm the hand-over</a>'


@pytest.fixture
def cast(session: Session, in_field: Cast) -> Cast:
    for actor in (in_field.coordinator, in_field.buyer, in_field.reviewer):
        assert actor.person
        give_password(session, actor.person)
    return in_field


def form_of(sample: Sample, **changed: str) -> dict[str, str]:
    now = f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"
    seal = sample.portion(PortionKind.TEST).seal_no
    good = {"portion": "test", "taker": "store", "name": "B-12", "seal_no": seal, "seal_state": "intact", "at": now}
    good["no_photo"] = "未带相机"
    return good | {"version": str(sample.version)} | changed


@on_sqlite
def test_a_colleague_who_took_it_confirms_by_the_seal_and_the_chain_stays_whole(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=2)
    buyer, where = sign_in(cast.buyer), f"/desk/sample/{sample.number}"
    assert f"{where}/hand_over" in buyer.get(where).text
    assert cast.coordinator.person
    to_colleague = form_of(sample, taker=f"person:{cast.coordinator.person.id}", name="")
    assert buyer.post(f"{where}/hand_over", data=to_colleague).status_code == 302
    assert "has not confirmed that they took it" in buyer.get(where).text
    coordinator = sign_in(cast.coordinator)
    assert TO_CONFIRM in coordinator.get("/desk/").text
    assert "cannot explain the gap; ask a colleague" in coordinator.get(where).text
    form = coordinator.get(f"{where}/confirm_hand_over")
    assert form.status_code == 200, form.text
    said = {"step": str(sample.hand_overs[-1].id), "seal_no": form_of(sample)["seal_no"].lower()}
    read = said | {"seal_state": "intact", "condition": "完好", "version": str(sample.version), "no_photo": "未带相机"}
    assert coordinator.post(f"{where}/confirm_hand_over", data=read).status_code == 302
    assert "confirmed having taken it" in coordinator.get(where).text
    assert TO_CONFIRM not in coordinator.get("/desk/").text
    assert coordinator.post(f"{where}/hand_over", data=form_of(sample)).status_code == 302
    steps = [(step.given_by, step.taken_by) for step in sample.hand_overs]
    colleague = f"person:{cast.coordinator.person.id}"
    assert steps[-2:] == [("store:YZ", colleague), (colleague, "store:B-12")]
    assert [chain.gaps for chain in custody(session, sample)] == [[], []]
    assert "B-12" in buyer.get(where).text
    assert "handed a portion over" in buyer.get(where).text


@on_sqlite
def test_a_chilled_portion_is_told_which_shelf_fits_it_and_a_courier_has_a_number(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    sample = sealed_sample(session, cast)
    campaign, by = sample.campaign, cast.coordinator
    session.execute(sa.update(type(campaign)).where(type(campaign).id == campaign.id).values(category="冷藏乳制品"))
    add_place(session, by=by, code="A-1", room="常温库", least_tenths=150, most_tenths=250)
    add_place(session, by=by, code="C-1", room="冷库", least_tenths=20, most_tenths=80)
    session.commit()
    cast.clock.advance(hours=2)
    buyer, where = sign_in(cast.buyer), f"/desk/sample/{sample.number}"
    form = buyer.get(f"{where}/hand_over").text
    assert form.index("C-1 · 冷库 · 2 to 8 °C") < form.index("A-1 · 常温库 · 15 to 25 °C · not fit: this category")
    assert "No temperature" in buyer.get(where).text, "nobody measured when it was sealed"
    courier = form_of(sample, taker="courier", name="顺达", temperature="4")
    unnumbered = buyer.post(f"{where}/hand_over", data=courier)
    assert (unnumbered.status_code, "Enter the parcel number" in unnumbered.text) == (422, True)
    assert buyer.post(f"{where}/hand_over", data=courier | {"parcel_no": "SD-1"}).status_code == 302
    assert 'name="temperature"' in sign_in(cast.coordinator).get(f"{where}/dispatch").text


@on_sqlite
def test_a_photo_goes_with_the_hand_over(session: Session, cast: Cast, sign_in: Any) -> None:
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=2)
    buyer, door = sign_in(cast.buyer), f"/desk/sample/{sample.number}/hand_over"
    without = buyer.post(door, data=form_of(sample, no_photo=""))
    assert (without.status_code, "write below why there is none" in without.text) == (422, True)
    form = form_of(sample) | {"photo": (io.BytesIO(little_picture(77)), "seal.png")}
    assert buyer.post(door, data=form).status_code == 302
    [exhibit] = exhibits_of(session, sample)
    assert exhibit.kind == "hand_over"
    step = sample.hand_overs[-1]
    shown = {each.hand_over_id: each.exhibit_id for each in photos_of(session, sample.hand_overs)}
    sealing = {each.id for each in sample.hand_overs if each.given_by.startswith("person:")}
    assert (shown.pop(step.id), set(shown)) == (exhibit.id, sealing), "the seal's own picture shows the sealing"
    page = buyer.get(f"/desk/sample/{sample.number}").text
    assert "No photo" not in page
    assert page.count("mc-handed") == 1 + len(sealing)
    assert buyer.post(door, data=form_of(sample, no_photo="雨天")).status_code == 302
    assert "雨天" in buyer.get(f"/desk/sample/{sample.number}").text


@on_sqlite
def test_a_gap_is_explained_on_its_page_and_stays_to_be_seen(session: Session, cast: Cast, sign_in: Any) -> None:
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=2)
    where = f"/desk/sample/{sample.number}"
    assert cast.buyer.person
    assert sign_in(cast.buyer).get(f"{where}/explain_gap").status_code == 403
    coordinator = sign_in(cast.coordinator)
    assert "explain_gap" not in coordinator.get(where).text
    silent = form_of(sample, taker=f"person:{cast.buyer.person.id}", name="")
    assert coordinator.post(f"{where}/hand_over", data=silent).status_code == 302
    assert STOPPED not in coordinator.get(where).text, "it has not left yet"
    dispatch(session, sample, cast.laboratory, by=cast.buyer, way=BY_COURIER)
    session.commit()
    assert STOPPED in coordinator.get(where).text
    said = {"step": str(sample.hand_overs[-2].id), "version": str(sample.version)}
    empty = coordinator.post(f"{where}/explain_gap", data=said | {"reason": " "})
    assert empty.status_code == 422
    assert "Write down how it came to this" in empty.text
    assert (
        coordinator.post(f"{where}/explain_gap", data=said | {"reason": "当面交接，买样员手机丢失"}).status_code == 302
    )
    page = coordinator.get(where).text
    assert "Explained: 当面交接，买样员手机丢失" in page
    assert STOPPED not in page
    assert "has not confirmed that they took it" in page


@on_sqlite
def test_another_seal_that_was_read_is_kept_and_seen_by_everybody(session: Session, cast: Cast, sign_in: Any) -> None:
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=2)
    coordinator, where = sign_in(cast.coordinator), f"/desk/sample/{sample.number}"
    slip = coordinator.post(f"{where}/hand_over", data=form_of(sample, seal_no="XX-1"))
    assert (slip.status_code, "choose that below" in slip.text) == (422, True), "it could never be explained"
    answer = coordinator.post(f"{where}/hand_over", data=form_of(sample, seal_no="XX-1", seal_state="broken"))
    assert answer.status_code == 302, answer.text
    page = coordinator.get(where).text
    assert "The seal read was XX-1" in page
    assert "The seal was broken" in page


@on_sqlite
@pytest.mark.parametrize(
    "wrong",
    [
        ({"name": " "}, "name", "which store or courier"),
        ({"seal_no": ""}, "seal_no", "seal number that you read"),
        ({"at": "2062-01-01T10:00"}, "at", "lies in the future"),
        ({"at": "2020-01-01T10:00"}, "at", "before the portion came"),
        ({"portion": "third"}, "portion", "Choose one of the list"),
        ({"taker": "person:99999"}, "taker", "Choose one of the list"),
        ({"condition": "x" * 301}, "condition", "Keep to 300"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    session: Session, cast: Cast, sign_in: Any, wrong: tuple[dict[str, str], str, str]
) -> None:
    changed, field, said = wrong
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=2)
    answer = sign_in(cast.buyer).post(f"/desk/sample/{sample.number}/hand_over", data=form_of(sample, **changed))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert said in answer.text
    assert [step.taken_by for step in sample.hand_overs] == ["store:YZ", "store:YZ"], "as it was sealed"


@on_sqlite
def test_who_does_not_hold_it_hands_nothing_over(session: Session, cast: Cast, sign_in: Any) -> None:
    sample = sealed_sample(session, cast)
    session.commit()
    how: dict[str, Any] = {"taken_by": "store:B", "at": clock.now(), "seal_no": "1", "seal_intact": True}
    with pytest.raises(NotPermitted):
        pass_on(session, sample, PortionKind.TEST, by=cast.reviewer, **how)
    with invalid(("name", "missing")):
        pass_on(session, sample, PortionKind.TEST, by=cast.buyer, **how | {"taken_by": "store: "})
    session.rollback()
    assert cast.reviewer.person
    give_password(session, cast.reviewer.person)
    assert sign_in(cast.reviewer).get(f"/desk/sample/{sample.number}/hand_over").status_code == 403
