"""A number is read out of a picture, and a label scanned leads to its seal and its case; nothing is recorded by it."""

from __future__ import annotations

import io
from typing import Any

import pytest
import segno
from PIL import Image
from sqlalchemy.orm import Session

from quality.documents.models import Language
from quality.pages.scanning import code_on_paper
from quality.purchases.models import Sample, TaskStatus
from quality.purchases.operations.papers import ask_for_label
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.lab import portion_to_test
from tests.harness.people import Cast
from tests.harness.purchases import dispatched_sample, ready_to_seal, sealed_sample

pytestmark = on_sqlite


@pytest.fixture
def cast(session: Session, in_field: Cast) -> Cast:
    for actor in (in_field.coordinator, in_field.analyst):
        assert actor.person
        give_password(session, actor.person)
    return in_field


def picture_of(*texts: str) -> io.BytesIO:
    """The codes beside each other, as a photograph would have them."""
    drawn = []
    for text in texts:
        one = io.BytesIO()
        segno.make(text, micro=False).save(one, kind="png", scale=8, border=4)
        drawn.append(Image.open(one).convert("L"))
    whole = Image.new("L", (sum(each.width for each in drawn) + 60, max((e.height for e in drawn), default=60)), 255)
    left = 0
    for each in drawn:
        whole.paste(each, (left, 0))
        left += each.width + 60
    kept = io.BytesIO()
    whole.save(kept, "PNG")
    kept.seek(0)
    return kept


def reading(sample: Sample, picture: io.BytesIO | None, **typed: str) -> dict[str, Any]:
    file = {"seal_no-picture": (picture, "code.png")} if picture else {}
    return {"version": str(sample.version), "read": "seal_no", "place": "留样室门口", **typed, **file}


def test_a_seal_is_read_out_of_a_picture_and_the_rest_stays_as_it_was_typed(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    sample = sealed_sample(session, cast)
    session.commit()
    seal, where = portion_to_test(sample).seal_no, f"/desk/sample/{sample.number}/hand_over"
    page = sign_in(cast.coordinator).post(where, data=reading(sample, picture_of(seal)))
    assert page.status_code == 200
    assert f'value="{seal}"' in page.text
    assert 'value="留样室门口"' in page.text
    assert "Nothing was recorded yet" not in page.text
    assert len(sample.hand_overs) == 2, "as it was sealed"


def test_a_buyer_reads_a_seal_where_it_is_filled_in(session: Session, cast: Cast, sign_in: Any) -> None:
    """On the page of the task, which goes on from the number that was read."""
    task = ready_to_seal(session, cast)
    assert cast.buyer.person
    give_password(session, cast.buyer.person)
    session.commit()
    file = {"test_seal_no-picture": (picture_of("YZ-900001-A"), "code.png"), "test_quantity": "2 件"}
    sent = {"version": str(task.version), "in_place": "1", "read": "test_seal_no", **file}
    page = sign_in(cast.buyer).post(f"/desk/task/{task.number}/seal", data=sent)
    assert (page.status_code, 'value="2 件"' in page.text) == (200, True)
    assert 'value="YZ-900001-A" data-scan autofocus' in page.text
    assert 'id="h-shots"' in page.text
    assert task.status == TaskStatus.RECEIVED


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (picture_of(), "No code was found"),
        (picture_of("YZ-1", "YZ-2"), "There are several codes"),
        (io.BytesIO(b"%PDF-1.7 no picture"), "Choose a picture"),
        (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"broken"), ""),
    ],
)
def test_what_cannot_be_read_is_said_at_the_field(
    session: Session, cast: Cast, sign_in: Any, picture: io.BytesIO, said: str
) -> None:
    sample = sealed_sample(session, cast)
    session.commit()
    where, copy = f"/desk/sample/{sample.number}/hand_over", io.BytesIO(picture.getvalue())
    page = sign_in(cast.coordinator).post(where, data=reading(sample, copy, seal_no="YZ-7"))
    assert page.status_code == 422
    assert said in page.text
    assert 'href="#seal_no"' in page.text
    assert 'value="YZ-7"' in page.text


def test_enter_in_a_form_with_a_scanned_field_records_nothing(session: Session, cast: Cast, sign_in: Any) -> None:
    """Without our script a browser presses the first button: it reads a picture, and there is none."""
    sample = sealed_sample(session, cast)
    session.commit()
    coordinator, where = sign_in(cast.coordinator), f"/desk/sample/{sample.number}/hand_over"
    page = coordinator.get(where).text
    assert page.index('name="read"') < page.index('class="btn btn-primary"')
    kept = coordinator.post(where, data=reading(sample, None, seal_no="YZ-7"))
    assert (kept.status_code, 'value="YZ-7"' in kept.text) == (200, True)
    other = coordinator.post(where, data=reading(sample, None) | {"read": "place"})
    assert other.status_code == 422


def test_a_label_that_is_scanned_is_its_seal_and_leads_to_its_case(session: Session, cast: Cast, sign_in: Any) -> None:
    sample = dispatched_sample(session, cast)
    portion = portion_to_test(sample)
    label = ask_for_label(session, portion, Language.ZH, by=cast.coordinator)
    session.commit()
    address = f"https://mingcha.example/verify/{label.code}"
    assert code_on_paper(f" {address.lower()}/ ") == label.code
    assert code_on_paper(label.code) is None
    analyst, where = sign_in(cast.analyst), f"/desk/portion/{portion.blind_no}/take_in"
    asked = {"version": "1", "read": "seal_no"}
    page = analyst.post(where, data=asked | {"seal_no-picture": (picture_of(address), "label.png")})
    assert f'value="{portion.seal_no}"' in page.text
    by_hand = analyst.post(where, data=asked | {"seal_no": address})
    assert f'value="{portion.seal_no}"' in by_hand.text
    for search in ("/desk/portion/", "/desk/search"):
        found = analyst.get(search, query_string={"q": address}, follow_redirects=True)
        assert (found.status_code, portion.blind_no in found.text) == (200, True)
    unknown = "https://mingcha.example/verify/7F3K-92QD-4B8M"
    assert (
        f'value="{unknown}"' in analyst.post(where, data={"version": "1", "read": "seal_no", "seal_no": unknown}).text
    )
