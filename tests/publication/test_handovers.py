"""A key hands over to the next; a root that was kept proves later; a reason is bound. What is altered is named."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quality.core.errors import NotFound
from quality.core.handover import Reached, fingerprint, handed_over, keep, revoked
from quality.core.roots import days_of, folder_of
from quality.publication.checking import Found, Link, Unreadable, check, read
from quality.publication.operations import withdraw
from quality.publication.proofs import proof_of
from tests.harness.databases import on_sqlite
from tests.harness.proofs import KEY, OTHER, broken, holds, program_in, public, run
from tests.harness.publication import published

pytestmark = on_sqlite
NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
THIRD = Ed25519PrivateKey.from_private_bytes(b"y" * 32)
THIEF = Ed25519PrivateKey.from_private_bytes(b"z" * 32)


def forged(statement: dict[str, str], **altered: str) -> dict[str, str]:
    return statement | altered


TO_OTHER, TO_THIRD = handed_over(KEY, OTHER, NOW), handed_over(OTHER, THIRD, NOW)
R = Reached
CHAINS: list[tuple[list[Ed25519PrivateKey], list[dict[str, str]], Reached]] = [
    # what was noted, what is published of the keys, how one comes to THIRD
    ([THIRD], [], R.GIVEN),
    ([KEY], [TO_OTHER, TO_THIRD], R.VOUCHED),
    ([OTHER], [TO_THIRD, TO_OTHER], R.VOUCHED),
    ([KEY], [], R.NO_VOUCHER),
    ([KEY], [TO_OTHER], R.NO_VOUCHER),
    ([KEY], [TO_THIRD], R.STRANGER),
    ([KEY], [handed_over(THIEF, THIRD, NOW)], R.STRANGER),
    ([KEY], [forged(handed_over(THIEF, THIRD, NOW), **{"from": public(KEY)})], R.FORGED),
    ([KEY], [forged(handed_over(KEY, OTHER, NOW), to=public(THIRD))], R.FORGED),
    ([KEY], [forged(handed_over(KEY, THIRD, NOW), signature_from="AAAA")], R.FORGED),
    ([KEY], [forged(handed_over(KEY, THIRD, NOW), at="2026-01-01T00:00:00.000000Z")], R.FORGED),
    ([KEY], [TO_OTHER, TO_THIRD, revoked(OTHER, NOW)], R.REVOKED),
    ([KEY], [TO_OTHER, TO_THIRD, revoked(KEY, NOW)], R.REVOKED),
    ([THIRD], [TO_THIRD, revoked(THIRD, NOW)], R.REVOKED),
    ([OTHER], [TO_OTHER, TO_THIRD, revoked(KEY, NOW)], R.VOUCHED),
    ([KEY], [TO_OTHER, TO_THIRD, forged(revoked(THIEF, NOW), key=public(OTHER))], R.VOUCHED),  # nobody's word
    ([KEY, OTHER], [TO_OTHER, TO_THIRD, revoked(KEY, NOW)], R.VOUCHED),
]


def test_whoever_noted_an_old_key_follows_to_the_new_one(session, two, roots, night, tmp_path) -> None:
    """By us and by the program; what does not lead there is caught and named."""
    night(THIRD)
    proof, program = proof_of(session, roots, two[0].number), program_in(tmp_path)
    for noted, statements, way in CHAINS:
        checked = check(read(json.dumps(proof | {"statements": statements})), keys=[public(key) for key in noted])
        assert checked.reached is way, statements
        leads = way in (R.GIVEN, R.VOUCHED)
        assert checked.found is (Found.HOLDS if leads else Found.BROKEN)
        assert check(proof, keys=[fingerprint(public(key)) for key in noted], statements=statements).reached is way
    for noted, statements, way in CHAINS[1:4:2] + CHAINS[7:8] + CHAINS[11:13]:
        says = run(program, proof | {"statements": statements}, key=public(noted[0]))
        named = {R.VOUCHED: "", R.NO_VOUCHER: "nothing leads", R.FORGED: "forged", R.REVOKED: "revoked"}[way]
        assert (says[0], named in says[1]) == (0 if way is R.VOUCHED else 1, True), (way, says)
    beside = tmp_path / "keys.json"
    beside.write_text(json.dumps({"items": [], "statements": [TO_OTHER, TO_THIRD]}))
    assert run(program, proof, str(beside), key=" ".join(re.findall("." * 8, fingerprint(public(KEY)))))[0] == 0


def test_what_stands_beside_the_roots_is_in_the_proof_and_holds_the_other_way_round(session, two, proof, roots, night):
    """Who noted today's key checks a proof that was saved when the key before it signed."""
    folder = folder_of(session, roots)
    keep(folder, TO_OTHER)
    (folder / "keys" / "x.json").write_text("[]")
    night(OTHER)
    later = proof_of(session, roots, two[0].number)
    assert later["statements"] == [TO_OTHER], "what is no statement is not given out"
    assert check(later, keys=[public(KEY)]).reached is Reached.VOUCHED
    assert check(proof, keys=[public(OTHER)], statements=later["statements"]).reached is Reached.VOUCHED
    with pytest.raises(Unreadable, match="statements"):
        check(later | {"statements": [{"format": "mingcha-handover-1"}]})


def test_a_result_is_proved_by_the_root_of_an_earlier_day_that_somebody_kept(session, concluded, roots, night, clock):
    first = published(session, concluded.cast, concluded.bad[0])
    night()
    [noted] = days_of(folder_of(session, roots))
    newest = proof_of(session, roots, first.number)
    for _day in range(3):  # its tree is not kept for long
        night()
    again = proof_of(session, roots, first.number, day=noted)
    assert again == newest
    assert holds(again, keys=[], kept=[newest["root"]]) is Found.HOLDS
    later = published(session, concluded.cast, concluded.bad[0], reason="更正规格")
    for edition, day, code in [(None, noted, "not_under_that_root"), (1, "2020-01-01", "no_such_root")]:
        with pytest.raises(NotFound) as none:
            proof_of(session, roots, first.number, edition, day)
        assert none.value.code == code
    assert proof_of(session, roots, first.number, 1, noted)["state"] == "published", "as it was on that day"
    withdraw(session, later, "检验方法有误", by=concluded.cast.reviewer)
    with pytest.raises(NotFound) as none:
        proof_of(session, roots, first.number, 1, noted)
    assert none.value.code == "not_under_that_root", "what was taken back is not shown as it was"
    (folder_of(session, roots) / f".{noted}.result.earlier").unlink()
    (folder_of(session, roots) / f"{noted}.heads.gz").unlink()
    with pytest.raises(NotFound) as none:
        proof_of(session, roots, first.number, 1, noted)
    assert none.value.code == "archived"


def test_the_reason_for_which_it_was_taken_back_is_bound(session, concluded, two, roots, night) -> None:
    withdraw(session, two[0], " 检验方法有误 ", by=concluded.cast.reviewer)
    night()
    gone = proof_of(session, roots, two[0].number)
    assert gone["reason"] == "检验方法有误"
    assert (holds(gone), check(gone).links[Link.REASON]) == (Found.HOLDS, Found.HOLDS)
    altered = gone | {"reason": "企业申请撤回"}
    assert broken(altered) == {Link.REASON}
    program = program_in(roots.parent)
    assert (run(program, gone)[0], run(program, altered)) == (0, (1, "broken: reason\n"))
    without = {name: value for name, value in gone.items() if name != "reason"}
    assert (holds(without), check(without).links[Link.REASON]) == (Found.HOLDS, Found.UNKNOWN)
