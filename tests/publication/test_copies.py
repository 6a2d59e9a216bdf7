"""Personal data never: every typed field of a copy is looked through, and nothing of the purchase is there at all."""

from __future__ import annotations

import copy as copying
from types import SimpleNamespace as Of

import pytest

from quality.core.errors import Invalid
from quality.lab.models import Verdict
from quality.notices.models import ItemStatus
from quality.objections.models import Decision, Ground
from quality.publication.copies import (
    TYPED,
    WORDS,
    personal_data_in,
    platform_says,
    results_in_force,
    sha256_of,
    state_of,
    we_have_seen,
)
from quality.publication.operations import propose
from quality.publication.personal import Personal
from quality.purchases.secrets import TaskSecret
from tests.harness.databases import on_sqlite
from tests.harness.publication import proposed, taken_down
from tests.harness.purchases import PURCHASE, cipher

OURS = {  # codes, moments and numbers of our own: nobody types them
    "format", "number", "edition", "verdict", "agency.code", "campaign.number", "campaign.kind", "platform.code",
    "items.rule", "items.verdict", "first_results.rule", "first_results.verdict",
    "items.outside_accreditation", "label_only", "first_results.outside_accreditation",
    "producer_denies", "withheld", "takedown.state", "takedown.listings.kind",
    "takedown.listings.status", "takedown.listings.platform_says.outcome", "takedown.listings.platform_says.acted_at",
    "takedown.listings.platform_says.said_at", "takedown.listings.we_have_seen.gone",
    "takedown.listings.we_have_seen.seen_at",
}  # fmt: skip


def paths(value, path="") -> set[str]:
    if isinstance(value, dict):
        return {found for key, inner in value.items() for found in paths(inner, f"{path}.{key}" if path else key)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {found for inner in value for found in paths(inner, path)}
    return {path}


@pytest.fixture
def copy(session, concluded) -> dict:
    taken_down(session, concluded.cast, concluded.bad[0])
    made = proposed(session, concluded.cast, concluded.bad[0]).copy
    return made | {"first_results": [dict(made["items"][0])]}  # as after a re-inspection


@on_sqlite
def test_every_field_of_a_copy_is_either_looked_through_or_our_own(copy):
    assert paths(copy) == set(TYPED) | OURS


@on_sqlite
def test_personal_data_in_any_typed_field_is_found_and_the_field_named(copy):
    for path in TYPED:
        spoiled = copying.deepcopy(copy)
        place = spoiled
        *way, last = path.split(".")
        for step in way:
            place = place[step]
            place = place[0] if isinstance(place, list) else place
        place[last] = f"{place[last]} 经营者：王小明，电话 13800138000"

        problems = personal_data_in(spoiled, people=[])

        assert {(p.field, p.code) for p in problems} == {(path, "personal_telephone"), (path, "personal_name")}, path


@on_sqlite
def test_a_shop_of_a_natural_person_is_named_only_where_a_company_stands_behind_it(copy):
    copy["seller"] = {"shop": "王小明的小店", "uscc": "", "region": ""}
    assert [p.field for p in personal_data_in(copy, [])] == ["seller.shop"]

    copy["seller"]["uscc"] = "91110000600037341L"
    assert personal_data_in(copy, []) == []


def test_each_kind_has_its_words():
    assert set(WORDS) == set(Personal)


@on_sqlite
def test_nothing_of_the_purchase_or_its_people_stands_in_a_copy(session, concluded, copy):
    task = concluded.bad[0].sample.task
    secrets = {
        cipher().decrypt(secret.value, about=f"task_secret:{secret.task_id}:{secret.kind}")
        for secret in session.query(TaskSecret).filter_by(task_id=task.id)
        if secret.kind != "paid_at"
    }
    secrets |= {PURCHASE["account"], str(PURCHASE["paid_fen"]), task.number, task.buyer.name, task.buyer.email}
    secrets |= {portion.blind_no for portion in task.sample.portions}
    secrets |= {portion.seal_no for portion in task.sample.portions} | {task.sample.number}

    assert not [secret for secret in secrets if secret in str(copy)]


@on_sqlite
def test_a_remark_that_leads_to_the_buyer_is_refused_until_another_stands_in_its_place(session, concluded):
    finding, cast = concluded.good, concluded.cast
    bought_by = f"由{finding.sample.task.buyer.name}购得，订单号 TL0000000001"

    with pytest.raises(Invalid) as invalid:
        propose(session, finding, by=cast.coordinator, remark=bought_by)
    assert {(p.field, p.code) for p in invalid.value.problems} == {
        ("remark", "personal_order"),
        ("remark", "personal_name"),
    }
    assert all(str(problem.text) for problem in invalid.value.problems)

    assert propose(session, finding, by=cast.coordinator, remark="已协助核查").copy["remark"] == "已协助核查"


@on_sqlite
def test_a_withheld_field_stays_empty_and_the_copy_says_so(session, concluded):
    finding, cast = concluded.good, concluded.cast
    with pytest.raises(Invalid) as invalid:
        propose(session, finding, by=cast.coordinator, withhold=["buyer"])
    assert [problem.code for problem in invalid.value.problems] == ["unknown_field"]

    copy = propose(session, finding, by=cast.coordinator, withhold=["seller.shop", "items.method"]).copy

    assert copy["seller"]["shop"] == ""
    assert {item["method"] for item in copy["items"]} == {""}
    assert copy["withheld"] == ["items.method", "seller.shop"]


def test_the_hash_is_the_same_for_what_was_kept_and_read_again(session, concluded):
    result = proposed(session, concluded.cast, concluded.good)
    before = sha256_of(result.copy)
    session.commit()

    assert sha256_of(result.copy) == before == result.copy_sha256


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([], "not_asked"),
        (["excused"], "excused"),
        (["excused", "verified"], "verified"),
        (["claimed", "verified"], "claimed"),
        (["claimed", "open"], "asked"),
        (["returned", "verified"], "asked"),
        (["reopened"], "asked"),
    ],
)
def test_the_least_settled_listing_speaks_for_all(statuses, state):
    assert state_of(Verdict.NONCONFORMING, [ItemStatus(status) for status in statuses]) == state
    assert state_of(Verdict.CONFORMING, []) == "not_needed"


def test_what_nobody_said_or_saw_is_nothing():
    untouched = Of(claims=[], looks=[])

    assert (platform_says(untouched), we_have_seen(untouched)) == (None, None)  # type: ignore[arg-type]


def test_the_second_laboratory_has_the_last_word():
    first = [Of(item="铅", value="95"), Of(item="镉", value="1")]
    second = [Of(item="铅", value="91")]
    finding = Of(results=first)
    decided = Of(decision=Decision.DISMISSED, report=Of(results=second), ground=Ground.RESULT)
    waiting = Of(decision=None, report=Of(results=second), ground=Ground.RESULT)

    assert [r.value for r in results_in_force(finding, [])] == ["95", "1"]
    assert [r.value for r in results_in_force(finding, [waiting])] == ["95", "1"]
    assert [r.value for r in results_in_force(finding, [decided])] == ["91", "1"]
