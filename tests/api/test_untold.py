"""Many samples are told of by one call of an agency's program."""

from __future__ import annotations

import pytest

from tests.harness.api import wrong
from tests.harness.databases import on_sqlite

pytestmark = on_sqlite
TELL = "/untold-samples/tell"


@pytest.fixture
def samples(concluded):
    return sorted((each.sample for each in concluded.bad), key=lambda sample: sample.id)


def test_a_program_reads_who_was_not_told_and_tells_many(concluded, samples, keyed):
    agency, asked = keyed(concluded.cast.coordinator), [each.number for each in samples[:2]]
    page = agency.get("/untold-samples?limit=1").get_json()
    assert len(page["items"]) == 1
    assert page["next"]
    following = agency.get(f"/untold-samples?cursor={page['next']}").get_json()["items"]
    every = {each["sample"] for each in (*page["items"], *following)}
    assert every >= set(asked)
    said = agency.post(TELL, {"party": "platform", "samples": [*asked, "X-1"]})
    assert said.status_code == 200, said.text
    assert [(each["sample"], each["ok"], each["code"]) for each in said.get_json()["items"]] == [
        (asked[0], True, None), (asked[1], True, None), ("X-1", False, "not_found"),
    ]  # fmt: skip
    left = {each["sample"] for each in agency.get("/untold-samples").get_json()["items"]}
    assert left == every - set(asked)
    assert {each["sample"] for each in agency.get("/untold-samples?party=seller").get_json()["items"]} == every


def test_each_seller_gets_an_address_once_and_the_same_call_again_gives_it_again(concluded, samples, keyed, client):
    agency, sent = keyed(concluded.cast.coordinator), {"party": "seller", "samples": [samples[0].number]}
    [first] = agency.post(TELL, sent, once="tell-1").get_json()["items"]
    [again] = agency.post(TELL, sent, once="tell-1").get_json()["items"]
    assert first == again
    link = first["address"].partition("/reply/")[2]
    assert client.get(f"/reply/{link}").status_code == 200
    [anew] = agency.post(TELL, sent).get_json()["items"]
    assert (anew["ok"], anew["code"], anew["address"]) == (False, "told_already", None)


def test_what_is_sent_wrong_is_named_and_others_are_not_let_in(concluded, keyed):
    agency = keyed(concluded.cast.coordinator)
    assert set(wrong(agency.post(TELL, {}))) == {"party", "samples"}
    assert wrong(agency.post(TELL, {"party": "producer", "samples": ["X-1"]})) == {"party": "unknown"}
    assert agency.get("/untold-samples?party=producer").status_code == 422
    for nobody in (concluded.cast.reviewer, concluded.cast.desk):
        assert keyed(nobody).get("/untold-samples").status_code == 403
        assert keyed(nobody).post(TELL, {"party": "platform", "samples": ["X-1"]}).status_code == 403
