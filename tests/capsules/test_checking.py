"""A capsule that was altered is found out, and the first thing that is wrong is named: by the command, offline."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from quality.capsules.archive import Archive, Broken
from quality.capsules.checking import Checked, Found, Known, check
from quality.capsules.stamping import NoStamp, ask
from quality.core import clock
from quality.core.handover import Reached, fingerprint, handed_over, public_of
from tests.harness.capsules import (
    OURS,
    Authority,
    Invented,
    alterations,
    authority,
    invented,
    members,
    openssl,
    signed_again,
)


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa")) as there:
        yield there


@pytest.fixture(scope="module")
def capsule(stamps: Authority) -> Invented:
    return invented(stamp=lambda signature: ask(stamps.url, signature))


@pytest.fixture(scope="module")
def other(stamps: Authority) -> Invented:
    return invented(stamp=lambda signature: ask(stamps.url, signature), number="YZ-S-8")


def checked(capsule: bytes, known: Known) -> Checked:
    try:
        return check(Archive(io.BytesIO(capsule)), known)
    except Broken as broken:
        return Checked(broken.problem, check.__globals__["Told"]())


def test_one_that_nobody_altered_holds_for_who_knows_the_key(capsule: Invented, stamps: Authority) -> None:
    known = Known([fingerprint(capsule.key)], authorities=[stamps.certificate.read_bytes()])
    found = checked(capsule.capsule, known)
    assert (found.found, found.problem) == (Found.HOLDS, None)
    told = found.told
    assert (told.number, told.events, told.proved, told.chains, told.left_out) == ("YZ-S-7", 11, 4, 4, 1)
    assert told.withheld == 2
    assert told.stamp is not None
    assert (told.stamp.authority, told.stamp.trusted) == ("Yunzhou Stamps", True)
    assert checked(capsule.capsule, Known()).found is Found.UNKNOWN


def test_a_stamp_of_an_authority_that_nobody_gave_is_told_apart(capsule: Invented, tmp_path: Path) -> None:
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-x509", "-subj", "/CN=Root of Stamps", "-out", "c",
        folder=tmp_path,
    )  # fmt: skip
    found = checked(capsule.capsule, Known([capsule.key], authorities=[(tmp_path / "c").read_bytes()]))
    assert found.told.stamp is not None
    assert (found.problem, found.told.stamp.trusted) == (None, False)


def test_openssl_verifies_the_stamp_too(capsule: Invented, stamps: Authority, tmp_path: Path) -> None:
    for name in ("signature.json", "timestamp.tsr"):
        (tmp_path / name).write_bytes(members(capsule.capsule)[name])
    said = openssl(
        "ts", "-verify", "-data", "signature.json", "-in", "timestamp.tsr", "-CAfile", str(stamps.certificate),
        folder=tmp_path,
    )  # fmt: skip
    assert "OK" in said


def test_the_first_thing_that_is_wrong_is_named(capsule: Invented, other: Invented) -> None:
    for altered in alterations(capsule.capsule, other.capsule):
        problem = checked(altered.capsule, Known([capsule.key])).problem
        assert problem is not None, altered.what
        assert (problem.code, problem.name) == (altered.code, altered.name), altered.what


@given(st.data())
def test_no_byte_of_it_can_be_another(data: st.DataObject) -> None:
    capsule = WITHOUT_STAMP.capsule
    at = data.draw(st.integers(0, len(capsule) - 1))
    bit = data.draw(st.integers(0, 7))
    altered = capsule[:at] + bytes([capsule[at] ^ 1 << bit]) + capsule[at + 1 :]
    assert checked(altered, Known([WITHOUT_STAMP.key])).problem is not None


WITHOUT_STAMP = invented()


def test_the_same_makes_the_same_bytes() -> None:
    assert invented() == WITHOUT_STAMP


def test_the_order_in_which_it_is_cut_short_does_not_matter() -> None:
    for length in (0, 1, 21, 22, 100, len(WITHOUT_STAMP.capsule) - 1):
        assert checked(WITHOUT_STAMP.capsule[:length], Known()).found is Found.BROKEN


def test_a_stamp_that_is_awaited_and_not_there_is_said() -> None:
    found = checked(WITHOUT_STAMP.capsule, Known([WITHOUT_STAMP.key]))
    assert (found.found, found.told.awaited) == (Found.HOLDS, "tsa.example")


def test_a_new_key_is_reached_from_the_one_that_somebody_noted(capsule: Invented) -> None:
    new = Ed25519PrivateKey.generate()
    over = handed_over(OURS, new, clock.now())
    again = signed_again(WITHOUT_STAMP.capsule, new)
    assert checked(again, Known([capsule.key], [over])).told.reached is Reached.VOUCHED
    problem = checked(again, Known([capsule.key])).problem
    assert problem is not None
    assert (problem.code, problem.found) == ("key", fingerprint(public_of(new)))


@pytest.mark.parametrize("answer", [b"", b"\x30\x03\x02\x01\x00", b"<html>"])
def test_an_authority_that_answers_something_else_gave_no_stamp(answer: bytes) -> None:
    with pytest.raises(NoStamp):
        ask("http://tsa.example", b"signature", lambda _url, _body: answer)


def test_an_authority_that_stamps_what_was_not_asked_gave_no_stamp(capsule: Invented, stamps: Authority) -> None:
    stamp = members(capsule.capsule)["timestamp.tsr"]
    with pytest.raises(NoStamp):
        ask(stamps.url, b"another", lambda _url, _body: stamp)


def test_nobody_there_is_no_stamp() -> None:
    with pytest.raises(NoStamp):
        ask("http://127.0.0.1:9/", b"signature")


# --- the command ---


def test_the_command_says_it_in_words_and_as_json(mingcha, tmp_path: Path, capsule: Invented, other: Invented) -> None:
    place, known = tmp_path / "capsule.zip", ("--key", capsule.key)
    place.write_bytes(capsule.capsule)
    status, out, _err = mingcha("--lang", "en", "capsule", "verify", str(place), *known)
    assert (status, "The capsule is what its agency signed" in out) == (0, True)
    assert mingcha("capsule", "verify", str(place))[0] == 2
    removed = next(each for each in alterations(capsule.capsule, other.capsule) if each.code == "tail")
    place.write_bytes(removed.capsule)
    status, out, _err = mingcha("--lang", "en", "capsule", "verify", str(place), "--json", *known)
    told = json.loads(out)
    assert (status, told["found"], told["problem"]["name"]) == (1, "broken", "sample:7")
    assert told["problem"]["text"] == "The events of sample:7 are not complete: there should be 4, and are 3"
    status, _out, err = mingcha("--lang", "zh", "capsule", "verify", str(place), *known)
    assert (status, "sample:7" in err) == (1, True)


def test_the_command_checks_a_folder_too(mingcha, tmp_path: Path) -> None:
    for name, content in members(WITHOUT_STAMP.capsule).items():
        (tmp_path / name).write_bytes(content)
    assert mingcha("capsule", "verify", str(tmp_path), "--key", WITHOUT_STAMP.key)[0] == 0
    (tmp_path / "note.txt").write_bytes(b"mine")
    status, _out, err = mingcha("--lang", "en", "capsule", "verify", str(tmp_path), "--key", WITHOUT_STAMP.key)
    assert (status, "“note.txt” does not belong to it" in err) == (1, True)


def test_a_file_without_a_certificate_is_said_to_have_none(mingcha, tmp_path: Path) -> None:
    place, none = tmp_path / "capsule.zip", tmp_path / "none.pem"
    place.write_bytes(WITHOUT_STAMP.capsule)
    none.write_bytes(b"nothing")
    status, _out, err = mingcha("--lang", "en", "capsule", "verify", str(place), "--authority", str(none))
    assert (status, "none.pem: There is no certificate in this file" in err) == (2, True)
