"""The pages of complaints, weights and scores: what a coordinator does there, and what comes back."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.workflow import SUBMIT
from quality.core import clock
from quality.core.workflow import perform
from quality.targeting import requests
from quality.targeting.jobs import lay_over_big_frames
from quality.targeting.models import LayerRequest
from quality.targeting.risk.editions import in_force
from quality.targeting.risk.scores import Part
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import Cast
from tests.pages.test_sheets import send as send_sheet
from tests.targeting.test_complaints import csv_of
from tests.targeting.test_risk_drawing import drafted, frame_csv

BEGIN = "/desk/targeting/complaints/workbook"
WEIGHTS = "/desk/targeting/weights/"
TYPED = {
    "findings": "50", "complaints": "20", "price": "10", "sales": "0", "newness": "20", "edges": "30，60", "floor": "2",
    "reason": "多看检出", "edition": "0",
}  # fmt: skip


@pytest.fixture
def people(session: Session, cast: Cast) -> Cast:
    for actor in (cast.coordinator, cast.reviewer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return cast


@pytest.fixture
def coordinator(sign_in: Any, people: Cast) -> Any:
    return sign_in(people.coordinator)


@pytest.fixture
def frames(app: Any) -> Any:
    return app.config["SETTINGS"].frames_folder


@pytest.fixture
def campaign(session: Session, people: Cast, frames: Any) -> Campaign:
    frames.mkdir(parents=True, exist_ok=True)
    made = drafted(session, people, frames)
    session.commit()
    return made


def send(client: Any, content: bytes, name: str = "投诉.csv") -> Any:
    return client.post(BEGIN, data={"file": (io.BytesIO(content), name)})


@on_sqlite
def test_complaints_are_looked_at_first_and_taken_in_when_their_sender_says_so(
    coordinator: Any, sign_in: Any, people: Cast
) -> None:
    assert "No complaint was taken in yet" in coordinator.get("/desk/targeting/complaints/").text
    assert "投诉编号 reference" in coordinator.get(BEGIN).text
    given = coordinator.get("/desk/targeting/complaints/complaints.xlsx")
    assert given.data.startswith(b"PK")
    looked = send(coordinator, csv_of({}, {"reference": "TS-2", "listing_id": "", "shop_id": ""})).location
    page = coordinator.get(looked).text
    assert "2 rows: 1 new, 0 taken in before, 1 to mend." in page
    assert "Name the listing or the shop that is complained of" in page
    assert (
        ",wrong" not in coordinator.get(f"{looked}/file").text and "to mend" in coordinator.get(f"{looked}/file").text
    )

    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    refused = coordinator.post(f"{looked}/take", data={"seen": seen})
    assert refused.status_code == 422 and "only the right rows" in refused.text
    assert coordinator.post(f"{looked}/take", data={"seen": "0" * 64, "how": "good"}).status_code == 422
    assert sign_in(people.reviewer).get(looked).status_code == 403
    taken = coordinator.post(f"{looked}/take", data={"seen": seen, "how": "good"})
    assert taken.location == "/desk/targeting/complaints/"
    assert "1 complaint is taken in." in coordinator.get(taken.location).text

    shown = coordinator.get("/desk/targeting/complaints/?of=TS-1&kind=safety").text
    assert "TS-1" in shown and "Safety" in shown
    assert "No complaint is like that" in coordinator.get("/desk/targeting/complaints/?of=TS-404").text
    again = send(coordinator, csv_of({})).location
    assert "0 new, 1 taken in before" in coordinator.get(again).text
    assert coordinator.post(f"{again}/throw-away").location == BEGIN
    assert coordinator.get(again).status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    ("content", "name"), [(b"", "x.csv"), (b"kind\nsafety\n", "x.csv"), (b"PK\x03\x04cut", "x.xlsx"), (b"GIF", "x.gif")]
)
def test_a_file_that_is_no_table_of_complaints_says_why(coordinator: Any, content: bytes, name: str) -> None:
    answer = send(coordinator, content, name)
    assert answer.status_code == 422 and "Nothing was recorded yet" in answer.text


@on_sqlite
def test_weights_are_set_with_a_reason_and_every_edition_says_what_it_changed(
    coordinator: Any, sign_in: Any, session: Session, people: Cast
) -> None:
    page = coordinator.get(WEIGHTS).text
    assert "the program&#39;s own" in page or "the program's own" in page
    assert 'value="40"' in page and 'value="20, 40"' in page
    assert coordinator.post(WEIGHTS, data=TYPED).location == WEIGHTS
    now = in_force(session, people.agency.id)
    assert (now.number, now.weights.points[Part.FINDINGS], now.weights.edges) == (1, 50, (30, 60))
    page = coordinator.get(WEIGHTS).text
    assert "多看检出" in page and "Past findings: from 40 to 50" in page and "edition 1" in page

    late = coordinator.post(WEIGHTS, data=TYPED | {"findings": "60"})
    assert late.status_code == 409 and "Somebody else has set the weights" in late.text
    reads = sign_in(people.reviewer).get(WEIGHTS)
    assert "50 points" in reads.text and "<form" not in reads.text.partition('id="h-set"')[2].partition("</section>")[0]


# fmt: off
WRONG_WEIGHTS: list[Any] = [
    ({"price": "-5"},                                  "Enter 0 or more"),
    ({"price": "much"},                                "Enter a whole number, not much"),
    (dict.fromkeys(Part, "0"),                         "every score is 0"),
    ({"edges": "60, 30"},                              "rising"),
    ({"edges": "101"},                                 "No score is above 100"),
    ({"edges": ""},                                    "at which a band begins"),
    ({"floor": "0"},                                   "who is never looked at is never found"),
    ({"reason": ""},                                   "Say why the weights are changed"),
]
# fmt: on


@on_sqlite
@pytest.mark.parametrize(("typed", "says"), WRONG_WEIGHTS)
def test_weights_that_cannot_be_come_back_as_they_were_typed(
    coordinator: Any, typed: dict[str, str], says: str
) -> None:
    answer = coordinator.post(WEIGHTS, data=TYPED | typed)
    assert answer.status_code == 422
    assert says in answer.text
    for value in typed.values():
        assert f'value="{value}"' in answer.text or not value
    assert 'value="30，60"' in answer.text or "edges" in typed


@on_sqlite
def test_a_frame_is_scored_and_each_score_explains_itself(
    coordinator: Any, sign_in: Any, session: Session, people: Cast, campaign: Campaign
) -> None:
    at = f"/desk/campaign/{campaign.number}/scores/"
    assert at in coordinator.get(f"/desk/campaign/{campaign.number}").text
    assert "No listing of this frame has a score yet" in coordinator.get(at).text
    assert coordinator.post(at, data={"version": campaign.version}).location == at
    page = coordinator.get(at).text
    for said in ("9 % of the median", "not known: never tested", "not known: no complaints were taken in",
                 "not known: no earlier frame of this platform", "speaks for no market"):  # fmt: skip
        assert said in page
    assert page.index("L00") < page.index("L09")
    assert "its highest" in coordinator.get(f"{at}?by=shop").text
    assert "Nothing has such a score" in coordinator.get(f"{at}?of=nobody").text
    assert coordinator.get(f"{at}?score=9&last=L05&band=%3C20").status_code == 200
    assert coordinator.get(f"{at}?score=x&last=L05&band=?&platform=?&by=?").status_code == 200
    reviewer = sign_in(people.reviewer)
    assert "Score it anew" not in reviewer.get(at).text
    assert reviewer.post(at, data={"version": campaign.version}).status_code == 403

    session.refresh(campaign)
    assert coordinator.post(at, data={"version": campaign.version - 1}).status_code == 409
    assert coordinator.post(f"{at}clear", data={"version": campaign.version}).location == at
    assert "No listing of this frame has a score yet" in coordinator.get(at).text
    session.refresh(campaign)
    assert coordinator.post(f"{at}clear", data={"version": campaign.version}).status_code == 409


@on_sqlite
def test_a_big_frame_is_scored_by_a_job_and_its_page_says_how_far_it_is(
    coordinator: Any, session: Session, people: Cast, campaign: Campaign, frames: Any
) -> None:
    session.execute(sa.update(Campaign).values(frame_rows=requests.SOON + 1))
    session.commit()
    at, case = f"/desk/campaign/{campaign.number}/scores/", f"/desk/campaign/{campaign.number}"
    assert coordinator.post(at, data={"version": campaign.version}).location == at
    page = coordinator.get(at)
    assert page.headers["Refresh"] == "5" and "This page asks again" in page.text
    assert "Score every listing" not in page.text
    assert "The frame is being scored" in coordinator.get(case).text
    session.execute(sa.update(LayerRequest).values(taken_at=clock.now(), step="scores"))
    session.commit()
    assert "scoring every listing" in coordinator.get(at).text

    session.execute(sa.update(LayerRequest).values(taken_at=None))
    session.refresh(campaign)
    perform(session, campaign, SUBMIT, by=people.coordinator)
    session.commit()
    lay_over_big_frames(sessionmaker(session.get_bind()), frames, clock.now())
    page = coordinator.get(at)
    assert "The frame could not be scored: Only a draft can be changed" in page.text
    assert "Refresh" not in page.headers


@on_sqlite
def test_another_frame_says_that_it_takes_the_scores_away(
    coordinator: Any, session: Session, campaign: Campaign
) -> None:
    case = f"/desk/campaign/{campaign.number}"
    coordinator.post(f"{case}/scores/", data={"version": campaign.version})
    other = "\n".join(frame_csv().splitlines()[:-2]).encode()
    looked = send_sheet(coordinator, campaign, "frame", file=(io.BytesIO(other), "另一.csv")).location
    page = coordinator.get(looked).text
    assert "their bands out of the strata" in page and "risk_score" not in page
    session.refresh(campaign)
    coordinator.post(f"{looked}/take-in", data={"version": campaign.version})
    page = coordinator.get(case).text
    assert "they and their bands are gone" in page
    assert "their bands out of the strata" not in coordinator.get(looked).text
    session.refresh(campaign)
    assert (campaign.frame_rows, "risk" in campaign.design) == (14, False)


@on_sqlite
def test_a_probability_sample_has_no_scores_to_show(
    coordinator: Any, session: Session, people: Cast, frames: Any
) -> None:
    frames.mkdir(parents=True, exist_ok=True)
    sample = drafted(session, people, frames, kind=CampaignKind.PROBABILITY)
    session.commit()
    at = f"/desk/campaign/{sample.number}/scores/"
    assert "A probability sample has no scores" in coordinator.get(at).text
    assert at not in coordinator.get(f"/desk/campaign/{sample.number}").text
    refused = coordinator.post(at, data={"version": sample.version})
    assert refused.status_code == 409 and "prefers nothing" in refused.text
