"""That a sample was taken, for programs: a platform's key reads and acknowledges, an agency's tells and writes down."""

from __future__ import annotations

import pytest

from quality.core.clock import rfc3339
from quality.informing.jobs import prove_what_was_opened
from quality.informing.models import Proof
from quality.informing.queries import notice_to
from quality.objections.models import Party
from tests.harness.api import wrong
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.press import making

pytestmark = on_sqlite


@pytest.fixture
def sample(concluded):
    return concluded.bad[0].sample


def desks(cast, sample):
    both = (cast.desk, cast.other_desk)
    return both if both[0].organisation_id == sample.task.drawn.platform_id else both[::-1]


def test_a_platforms_key_reads_and_acknowledges(session, concluded, sample, keyed):
    cast = concluded.cast
    agency, [desk, other] = keyed(cast.coordinator), [keyed(each) for each in desks(cast, sample)]
    at, here = f"/samples/{sample.number}", f"/platform/samples/{sample.number}"
    version = agency.version(at)
    answer = agency.post(f"{at}/tell_platform", {"version": version})
    assert answer.status_code == 200, answer.text
    assert agency.post(f"{at}/tell_platform", {"version": version}).status_code == 409
    assert wrong(agency.post(f"{at}/tell_platform", {})) == {"version": "missing"}

    [brief] = desk.get("/platform/samples").get_json()["items"]
    assert (brief["sample"], brief["received_at"]) == (sample.number, None)
    assert other.get("/platform/samples").get_json() == {"items": [], "next": None}
    assert other.get(here).status_code == other.post(f"{here}/acknowledge", {}).status_code == 404
    assert desk.get("/platform/samples?limit=0").status_code == 422
    assert desk.get(f"{here}/pdf").status_code == 409
    run(session, making)
    whole = desk.get(here).get_json()
    assert whole["listing_id"] == sample.task.drawn.listing_id
    seen = str(whole)
    blind = {each for portion in sample.portions for each in (portion.blind_no, portion.seal_no)}
    assert not [each for each in (*blind, sample.task.number) if each in seen]
    assert desk.get(f"{here}/pdf").mimetype == "application/pdf"
    assert run(session, lambda sessions, _now: prove_what_was_opened(sessions)) == 1
    assert desk.get(here).get_json()["proof"] == "opened"
    for _twice in range(2):
        assert desk.post(f"{here}/acknowledge", {}).get_json()["proof"] == "acknowledged"


def test_an_agencys_program_tells_a_seller_and_writes_down_what_it_tried(session, concluded, sample, keyed, client):
    cast = concluded.cast
    agency, at = keyed(cast.coordinator), f"/samples/{sample.number}"
    now = rfc3339(cast.clock.moment)
    tried = {"party": "seller", "way": "hand", "outcome": "delivered", "at": now}
    no = agency.post(f"{at}/note_try", tried | {"version": agency.version(at)})
    assert no.status_code in {409, 422}
    told = agency.post(f"{at}/tell_seller", {"version": agency.version(at)})
    assert told.status_code == 201
    link = told.get_json()["address"].partition("/reply/")[2]
    assert client.get(f"/reply/{link}").status_code == 200
    not_told = tried | {"party": "platform", "version": agency.version(at)}
    assert wrong(agency.post(f"{at}/note_try", not_told)) == {"party": "not_told"}
    answer = agency.post(f"{at}/note_try", tried | {"version": agency.version(at)})
    assert answer.status_code == 200, answer.text
    session.expire_all()
    assert notice_to(session, sample, Party.SELLER).proof is Proof.HAND


def test_a_letter_that_nobody_took_is_written_down_too(session, concluded, keyed):
    cast, finding = concluded.cast, concluded.bad[0]
    agency, at = keyed(cast.coordinator), f"/findings/{finding.number}"
    letter = agency.post(f"{at}/letter", {"version": agency.version(at), "party": "seller"}).get_json()["letter"]
    tried = {"letter": letter, "way": "telephone", "outcome": "unreachable", "at": rfc3339(cast.clock.moment)}
    assert agency.post(f"{at}/note_try", tried | {"version": agency.version(at)}).status_code == 200
    sent = tried | {"version": agency.version(at), "outcome": "delivered"}
    assert wrong(agency.post(f"{at}/note_try", sent)) == {"outcome": "has_a_receipt"}
