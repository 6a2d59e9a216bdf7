"""Each public result is proved by the day's root, without a word of what is not public."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from quality.backup.taking import copy_folder
from quality.core.db import canonical
from quality.core.errors import NotFound
from quality.core.events import Event
from quality.core.handover import fingerprint
from quality.publication.checking import Found, Link, Unreadable, check, read
from quality.publication.copies import sha256_of
from quality.publication.operations import withdraw
from quality.publication.proofs import SHOWN, lay_out_results, proof_of
from tests.harness.databases import on_sqlite
from tests.harness.proofs import KEY, OTHER, Proof, broken, holds, program_in, public, run
from tests.harness.publication import proposed, published

# --- rows are read: both databases ---


def test_a_result_is_proved_from_the_night_after_it_was_published(session, concluded, roots, night):
    cast, (first, second) = concluded.cast, concluded.bad
    result, waiting = published(session, cast, first), proposed(session, cast, second)
    with pytest.raises(NotFound) as none:
        proof_of(session, roots, result.number)
    assert none.value.code == "proof_follows"
    night()

    proof = proof_of(session, roots, result.number)
    checked = check(proof, keys=[fingerprint(public(KEY))])
    assert checked.found is Found.HOLDS
    assert checked.told[:3] == (result.number, "1", "published")
    assert proof["copy"] == result.copy
    assert [event["row"]["action"] for event in proof["events"]] == ["create", "publish"]
    with pytest.raises(NotFound) as unknown:
        proof_of(session, roots, waiting.number)
    assert unknown.value.code == "not_found", "a proposal does not exist here"
    assert waiting.digest not in json.dumps(proof)


def test_editions_and_withdrawals_are_proved_each_by_itself(session, concluded, roots, night):
    """The superseded one keeps its copy; of the withdrawn one no word is left but when it was."""
    cast, finding = concluded.cast, concluded.bad[0]
    first = published(session, cast, finding)
    night()
    second = published(session, cast, finding, reason="更正规格")
    assert check(proof_of(session, roots, first.number, 1), keys=[public(KEY)]).told.state == "published", "last night"
    with pytest.raises(NotFound):
        proof_of(session, roots, first.number)
    night()
    old, new = (proof_of(session, roots, first.number, edition) for edition in (1, None))
    told = [check(each, keys=[public(KEY)]).told for each in (old, new)]
    assert [(each.edition, each.state) for each in told] == [("1", "superseded"), ("2", "published")]
    assert (holds(old), holds(new)) == (Found.HOLDS, Found.HOLDS)

    withdraw(session, second, "检验方法有误", by=cast.reviewer)
    with pytest.raises(NotFound) as not_yet:
        proof_of(session, roots, first.number)
    assert not_yet.value.code == "proof_follows", "last night's would say that it stands"
    night()
    gone = proof_of(session, roots, first.number)
    checked = check(gone, keys=[public(KEY)])
    assert checked.found is Found.HOLDS
    assert checked.told.state == "withdrawn"
    assert checked.told.number == first.number, "the record binds the number, without the copy"
    assert checked.told.published_at and checked.told.ended_at and checked.told.published_at < checked.told.ended_at
    assert "copy" not in gone
    assert holds(old | {"copy": second.copy}) is Found.BROKEN


def test_no_event_of_a_result_holds_what_may_not_be_shown(session, concluded, roots, night):
    result = published(session, concluded.cast, concluded.bad[0])
    night()
    asked = sa.select(Event).where(Event.subject_type == "result")
    assert {name for event in session.scalars(asked) for name in event.details} <= SHOWN
    says = json.dumps(proof_of(session, roots, result.number) | {"copy": None}, ensure_ascii=False)
    assert not [secret for secret in ("云州", "磁力棒", "listing") if secret in says]


# --- nothing of it depends on the database ---


def another_value(proof: Proof) -> None:
    proof["copy"]["items"][0]["value"] = "12"


def another_verdict(proof: Proof) -> None:
    proof["copy"]["verdict"] = "conforming"


def the_copy_of_another(proof: Proof) -> None:
    proof["copy"] = proof["copy"] | {"number": "R-YZ-2026-0099"}


def an_earlier_moment(proof: Proof) -> None:
    proof["events"][1]["row"]["at"] = "2026-01-01T00:00:00.000000Z"


def another_actor(proof: Proof) -> None:
    proof["events"][0]["row"]["actor"] = "person:99"


def a_copy_put_into_the_event(proof: Proof) -> None:
    """Who alters the copy must alter the event that names it, and so on, up to the signature."""
    another_value(proof)
    proof["events"][0]["row"]["details"]["copy_sha256"] = sha256_of(proof["copy"])


def another_digest(proof: Proof) -> None:
    proof["events"][0]["digest"] = "0" * 64


def an_event_left_out(proof: Proof) -> None:
    del proof["events"][0]


def the_last_event_left_out(proof: Proof) -> None:
    del proof["events"][-1]
    proof["state"] = "proposed"


def another_leaf(proof: Proof) -> None:
    proof["leaf"][3] = "0" * 64


def another_blind(proof: Proof) -> None:
    proof["leaf"][4] = "0" * 32


def another_neighbour(proof: Proof) -> None:
    proof["path"][0]["hash"] = "0" * 64


def the_other_side(proof: Proof) -> None:
    step = proof["path"][0]
    step["side"] = "left" if step["side"] == "right" else "right"


def another_root(proof: Proof) -> None:
    proof["root"]["root"] = "0" * 64


def another_day(proof: Proof) -> None:
    proof["root"]["day"] = "2020-01-01"


def another_signature(proof: Proof) -> None:
    proof["root"]["signature"] = "AAAA" + proof["root"]["signature"][4:]


def no_signature_at_all(proof: Proof) -> None:
    proof["root"]["signature"] = "謹此"


def signed_by_somebody_else(proof: Proof) -> None:
    body = {name: value for name, value in proof["root"].items() if name not in {"key", "signature"}}
    signature = base64.b64encode(OTHER.sign(canonical(body).encode())).decode()
    proof["root"] = body | {"key": public(OTHER), "signature": signature}


def no_key_at_all(proof: Proof) -> None:
    proof["root"]["key"] = "12"


def another_number(proof: Proof) -> None:
    proof["number"] = "R-YZ-2026-0099"


def another_state(proof: Proof) -> None:
    proof["state"] = "withdrawn"


L = Link
ALTERED: list[tuple[Callable[[Proof], None], set[Link]]] = [
    (another_value, {L.COPY}),
    (another_verdict, {L.COPY}),
    (the_copy_of_another, {L.COPY}),
    (an_earlier_moment, {L.EVENTS}),
    (another_actor, {L.EVENTS}),
    (a_copy_put_into_the_event, {L.EVENTS}),
    (another_digest, {L.EVENTS}),
    (an_event_left_out, {L.COPY, L.EVENTS, L.STATEMENT}),
    (the_last_event_left_out, {L.LEAF}),
    (another_leaf, {L.LEAF, L.PATH}),
    (another_blind, {L.PATH}),
    (another_neighbour, {L.PATH}),
    (the_other_side, {L.PATH}),
    (another_root, {L.PATH, L.SIGNATURE}),
    (another_day, {L.SIGNATURE}),
    (another_signature, {L.SIGNATURE}),
    (no_signature_at_all, {L.SIGNATURE}),
    (signed_by_somebody_else, {L.KEY}),
    (no_key_at_all, {L.SIGNATURE, L.KEY}),
    (another_number, {L.STATEMENT}),
    (another_state, {L.STATEMENT}),
]


@on_sqlite
def test_whatever_is_altered_is_found_and_named(proof: Proof, tmp_path: Path) -> None:
    """By us, and by the program that we give away, as a process of its own that knows nothing of ours."""
    assert broken(proof) == set()
    for alter, links in ALTERED:
        altered = deepcopy(proof)
        alter(altered)
        assert broken(altered) == links, alter.__name__
    program = program_in(tmp_path)
    assert run(program, proof)[0] == 0
    for alter, links in ALTERED[::4]:
        altered = deepcopy(proof)
        alter(altered)
        code, said = run(program, altered)
        assert (code, {line.split()[1].strip(":") for line in said.splitlines()}) == (1, set(links)), alter.__name__


@on_sqlite
def test_the_proof_of_one_result_is_none_of_another(session, two, proof, roots) -> None:
    other = proof_of(session, roots, two[1].number)
    for name, links in {
        "copy": {L.COPY},
        "events": {L.COPY, L.LEAF, L.STATEMENT},
        "leaf": {L.LEAF, L.PATH},
        "path": {L.PATH},
    }.items():
        assert broken(proof | {name: other[name]}) == links, name
    assert broken(proof, copy=other["copy"]) == {L.COPY}
    assert broken(proof, copy={"copy": proof["copy"], "number": "as the site serves it"}) == set()


@on_sqlite
def test_what_must_be_believed_is_a_key_or_a_root_that_was_kept(proof: Proof) -> None:
    root = proof["root"]
    assert check(proof).found is Found.UNKNOWN, "whose key is it?"
    assert holds(proof, keys=[], kept=[root | {"sha256": "as the list has it"}]) is Found.HOLDS
    assert holds(proof, keys=[], kept=[root | {"root": "0" * 64}]) is Found.BROKEN
    assert holds(proof, keys=[], kept=[root | {"day": "2020-01-01"}]) is Found.UNKNOWN, "a day that was not kept"
    assert holds(proof, keys=[public(OTHER), "SHA256:" + fingerprint(public(KEY)).upper()]) is Found.HOLDS
    without = {name: value for name, value in proof.items() if name != "copy"}
    assert holds(without) is Found.UNKNOWN
    assert holds(without, copy=proof["copy"]) is Found.HOLDS


@on_sqlite
def test_what_is_no_proof_is_named(proof: Proof) -> None:
    wrong: tuple[Any, ...] = (
        None,
        7,
        {},
        [None],
        [{}],
        ["", "", "", "", "x" * 32],
        [{"row": {}, "digest": "0" * 64}],
        [7] * 100,
    )
    for name in ("format", "number", "edition", "state", "events", "leaf", "path", "root"):
        for value in wrong:
            with pytest.raises(Unreadable) as found:
                check(proof | {name: value}, keys=[])
            assert found.value.where == name
    with pytest.raises(Unreadable, match="events"):
        check(proof | {"events": []})


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "json"), ("[]", "json"), ("{", "json"), ("[" * 100_000, "json"), ('{"a": 1.5}', "json"),
        ('{"a": NaN}', "json"), ('{"a": "\\ud800"}', "json"), ('{"a": ' + "9" * 5000 + "}", "json"),
        ("x" * 600_000, "size"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_proof(text: str, where: str) -> None:
    with pytest.raises(Unreadable, match=where):
        read(text)


@on_sqlite
def test_a_day_without_a_root_is_proved_by_the_next_one(session, concluded, roots, night, clock):
    result = published(session, concluded.cast, concluded.bad[0])
    night()
    clock.advance(days=3)
    night(OTHER)
    proof = proof_of(session, roots, result.number)
    assert (holds(proof), holds(proof, keys=[public(KEY), public(OTHER)])) == (Found.BROKEN, Found.HOLDS)


@on_sqlite
def test_a_backup_carries_no_tree_and_the_next_job_makes_it_again(session, two, proof, roots, tmp_path):
    restored = tmp_path / "restored"
    copy_folder(roots, restored)
    assert not list(restored.rglob("*.tree"))
    with pytest.raises(NotFound) as none:
        proof_of(session, restored, two[0].number)
    assert none.value.code == "proof_follows"
    assert lay_out_results(session, restored)
    assert proof_of(session, restored, two[0].number) == proof


@on_sqlite
def test_what_nobody_has_decided_to_show_is_not_shown(session, two, roots, monkeypatch):
    from quality.publication import proofs

    monkeypatch.setattr(proofs, "SHOWN", {"number", "edition"})
    with pytest.raises(NotFound) as none:
        proof_of(session, roots, two[0].number)
    assert none.value.code == "not_shown"
