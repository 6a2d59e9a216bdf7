"""What a capsule of a real sample holds, for whom, and what happens to it while it is made."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.capsules import jobs
from quality.capsules.archive import Archive
from quality.capsules.checking import Checked, Found, Known, check
from quality.capsules.jobs import make_capsules
from quality.capsules.keys import FOLDER, key_for, renew, revoke, statements_of
from quality.capsules.models import Capsule, CapsuleKey, Stamping, Variant
from quality.capsules.operations import ask_for_capsule, take_away
from quality.capsules.queries import fetched
from quality.capsules.shape import EVENTS, MANIFEST, STAMP
from quality.capsules.stamping import NoStamp, ask
from quality.core.config import Settings
from quality.core.db import db
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Access
from quality.core.handover import Reached, fingerprint, kept, public_of
from quality.core.roots import folder_of
from quality.documents.models import Document, Language
from quality.evidence.blackening import black_out
from quality.evidence.jobs import make_missing_copies
from quality.evidence.models import LEADS_TO_THE_BUYER, Exhibit
from quality.evidence.vault import vault_from
from quality.jobs import sign_daily_root
from quality.people.looks import LookReason
from quality.purchases.models import Sample
from quality.purchases.operations.papers import ask_for_label, ask_for_sampling_sheet
from tests.harness.beginnings import Concluded
from tests.harness.capsules import authority, members
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.press import making

WHY = "云州市中级人民法院（2026）云01行初12号"


@pytest.fixture
def sample(concluded: Concluded) -> Sample:
    return concluded.bad[0].sample


@pytest.fixture
def told(app: Flask) -> Settings:
    found: Settings = app.config["SETTINGS"]
    return found


def asked(session: Session, sample: Sample, cast: Cast, told: Settings, variant: str = "whole") -> Capsule:
    made = ask_for_capsule(session, sample, variant, WHY, by=cast.coordinator, settings=told)
    session.commit()
    return made


def run(session: Session, told: Settings, cast: Cast, **how: Any) -> int:
    session.commit()
    done = make_capsules(sessionmaker(db.engine), told, cast.clock.moment, **how)
    session.expire_all()
    return done


def bytes_of(capsule: Capsule, told: Settings) -> bytes:
    assert capsule.sha256, capsule.problem
    with vault_from(told.evidence_url).open(capsule.sha256) as kept:
        return kept.read()


def found_in(raw: bytes, *keys: str, **more: Any) -> Checked:
    return check(Archive(io.BytesIO(raw)), Known(keys, **more))


def record_key(told: Settings) -> str:
    return public_of(Ed25519PrivateKey.from_private_bytes(told.record_signing_key))


def test_the_whole_one_holds_everything_and_is_checked_with_the_key_alone(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast = concluded.cast
    ask_for_sampling_sheet(session, sample, Language.ZH, by=cast.coordinator)
    session.commit()
    making(sessionmaker(db.engine), cast.clock.moment)
    cast.clock.advance(days=1)
    sign_daily_root(sessionmaker(db.engine), told)
    capsule = asked(session, sample, cast, told)
    assert run(session, told, cast) == 1

    raw = bytes_of(capsule, told)
    found = found_in(raw, record_key(told))
    assert (found.problem, found.found) == (None, Found.HOLDS)
    assert (found.told.withheld, found.told.left_out, found.told.proved) == (0, 0, found.told.chains)
    files = members(raw)
    manifest, events = json.loads(files[MANIFEST]), json.loads(files[EVENTS])
    evidence = {each["sha256"] for each in manifest["files"] if each["role"] == "evidence"}
    subjects = {("task", sample.task_id), ("sample", sample.id)}
    held = sa.tuple_(Exhibit.subject_type, Exhibit.subject_id).in_(subjects)
    assert evidence >= {each.holding.sha256 for each in session.scalars(sa.select(Exhibit).where(held))}
    assert all(each["recorded"] == "yes" for each in manifest["files"] if each["role"] != "generated")
    assert {"order", "payment"} <= {kind for each in manifest["files"] for kind in each.get("kinds", ())}
    assert {"task", "sample", "report", "finding", "document"} == {each["subject"] for each in events["chains"]}
    [paper] = [each for each in manifest["files"] if each["role"] == "document"]
    assert files[paper["name"]].startswith(b"%PDF")
    case = json.loads(files["case.json"])
    assert (case["number"], len(case["portions"]), case["reports"][0]["results"][0]["verdict"]) == (
        sample.number, 2, "fail",
    )  # fmt: skip


def test_what_leads_to_the_buyer_is_not_in_the_one_to_give_away_but_its_hash(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast = concluded.cast
    ask_for_label(session, sample.portions[0], Language.ZH, by=cast.buyer)
    session.commit()
    making(sessionmaker(db.engine), cast.clock.moment)
    capsule = asked(session, sample, cast, told, "open")
    run(session, told, cast)
    raw = bytes_of(capsule, told)
    assert found_in(raw, record_key(told)).problem is None
    files = members(raw)
    manifest, events = json.loads(files[MANIFEST]), json.loads(files[EVENTS])

    shown = {each["sha256"] for each in manifest["files"]}
    left = {each["sha256"]: each["why"] for each in manifest["left_out"]}
    of_the_task = sa.and_(Exhibit.subject_type == "task", Exhibit.subject_id == sample.task_id)
    for exhibit in session.scalars(sa.select(Exhibit).where(of_the_task)):
        assert exhibit.holding.sha256 not in shown  # no original of a telephone
        assert left[exhibit.holding.sha256] == ("buyer" if exhibit.kind in LEADS_TO_THE_BUYER else "original")
    copies = [each for each in manifest["files"] if each["role"] == "copy"]
    assert {left[each["of"]] for each in copies} == {"original"}
    assert "internal" in left.values()
    buyer = f"person:{sample.buyer_id}"
    everything = b"".join(files.values()).decode("utf-8", errors="replace")
    assert f'"{buyer}"' not in everything
    assert f'"buyer":"{sample.buyer_id}"' not in everything
    for told_of in events["chains"]:
        if told_of["subject"] == "task":
            assert len(told_of["events"]) == 1
        assert all(int(each.get("covers", "2")) > 1 for each in told_of["events"])  # none could be guessed
    assert "notes.json" not in files
    assert sample.purchase.number not in everything


def test_the_same_makes_the_same_bytes_and_asking_again_makes_nothing(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast = concluded.cast
    capsule = asked(session, sample, cast, told)
    run(session, told, cast)
    first = bytes_of(capsule, told)
    assert asked(session, sample, cast, told).id == capsule.id
    capsule_row = sa.update(Capsule).values(sha256=None, made_at=None, next_try_at=cast.clock.moment)
    session.connection().execute(capsule_row)
    run(session, told, cast)
    assert bytes_of(capsule, told) == first
    ask_for_label(session, sample.portions[0], Language.ZH, by=cast.coordinator)
    session.commit()
    making(sessionmaker(db.engine), cast.clock.moment)
    again = asked(session, sample, cast, told)
    assert (again.edition, capsule.edition) == (2, 1)


@on_sqlite
def test_who_may_have_which(session: Session, concluded: Concluded, sample: Sample, told: Settings) -> None:
    cast = concluded.cast
    ask_for_capsule(session, sample, "open", "", by=cast.reviewer, settings=told)
    for actor in (cast.reviewer, cast.buyer, cast.analyst):
        with pytest.raises(NotPermitted):
            ask_for_capsule(session, sample, "whole", WHY, by=actor, settings=told)
    with pytest.raises(Invalid):
        ask_for_capsule(session, sample, "whole", " ", by=cast.coordinator, settings=told)
    with pytest.raises(Invalid):
        ask_for_capsule(session, sample, "half", WHY, by=cast.coordinator, settings=told)


@on_sqlite
def test_each_download_stands_in_the_log(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast = concluded.cast
    capsule = asked(session, sample, cast, told)
    vault = vault_from(told.evidence_url)
    with pytest.raises(FileNotFoundError):
        take_away(session, vault, capsule, by=cast.coordinator)
    run(session, told, cast)
    for _twice in range(2):
        take_away(session, vault, capsule, by=cast.coordinator).close()
    session.commit()
    look = session.scalars(sa.select(Access).where(Access.subject_type == "capsule")).first()
    assert look is not None
    assert (look.actor, look.why, look.what) == (cast.coordinator.signature, WHY, "downloaded")
    assert fetched(session, [capsule])[capsule.id].times == 2
    looks = session.scalars(sa.select(Access.reason).where(Access.subject_type == "task", Access.why == WHY))
    assert looks.all() == ["inquiry", "inquiry"]  # a whole one shows what leads to the buyer


@on_sqlite
def test_a_picture_that_was_blacked_out_is_given_away_as_that_copy_only(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast, vault = concluded.cast, vault_from(told.evidence_url)
    of = sa.select(Exhibit).where(Exhibit.subject_type == "task", Exhibit.subject_id == sample.task_id)
    shown = next(each for each in session.scalars(of) if each.kind not in LEADS_TO_THE_BUYER)
    make_missing_copies(sessionmaker(db.engine), vault)
    copy = black_out(session, vault, shown, "B2:E4", by=cast.coordinator, why="运单号", reason=LookReason.EVIDENCE)
    capsule = asked(session, sample, cast, told, "open")
    run(session, told, cast)
    manifest = json.loads(members(bytes_of(capsule, told))[MANIFEST])
    held = {each["sha256"]: each for each in manifest["files"]}
    assert held[copy.holding.sha256]["kinds"] == ["redacted"]
    assert shown.holding.sha256 not in {each.get("of") for each in held.values()} | held.keys()
    left = {each["sha256"]: each["why"] for each in manifest["left_out"]}
    assert left[shown.holding.sha256] == "buyer"


@on_sqlite
def test_a_file_that_the_store_lost_makes_no_capsule(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast = concluded.cast
    capsule = asked(session, sample, cast, told)
    exhibit = session.scalars(sa.select(Exhibit).where(Exhibit.subject_id == sample.task_id)).first()
    assert exhibit is not None
    vault, sha256 = vault_from(told.evidence_url), exhibit.holding.sha256
    with vault.open(sha256) as file:
        content = file.read()
    vault.remove(sha256)
    assert run(session, told, cast) == 0
    assert (capsule.sha256, capsule.problem) == (None, f"lost {sha256}")
    assert run(session, told, cast) == 0  # it waits
    vault.put(content)
    cast.clock.advance(minutes=3)
    assert run(session, told, cast) == 1
    assert capsule.problem == ""


@on_sqlite
def test_one_that_would_be_too_large_is_refused_when_it_is_asked_for(
    session: Session, concluded: Concluded, sample: Sample, told: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quality.capsules.making.MOST_FILES", 11)
    with pytest.raises(Refused, match="too_large"):
        asked(session, sample, concluded.cast, told)


def test_of_two_that_make_it_at_once_one_records_it(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast = concluded.cast
    capsule = asked(session, sample, cast, told)
    sessions = sessionmaker(db.engine)
    version = jobs.claim(sessions, capsule.id, cast.clock.moment)
    assert version is not None
    assert jobs.claim(sessions, capsule.id, cast.clock.moment) is None
    assert [jobs.made(sessions, told, capsule.id, version, ask) for _each in range(2)] == [True, False]


# --- the time ---


@on_sqlite
def test_an_authority_that_is_down_is_asked_again_and_the_stamp_added(
    session: Session, concluded: Concluded, sample: Sample, told: Settings, tmp_path: Path
) -> None:
    cast = concluded.cast
    with authority(tmp_path / "tsa") as stamps:
        told = replace(told, timestamp_url=stamps.url)
        capsule = asked(session, sample, cast, told)

        def down(_url: str, _data: bytes) -> bytes:
            raise NoStamp("ConnectError")

        assert run(session, told, cast, stamper=down) == 1
        without = bytes_of(capsule, told)
        found = found_in(without, record_key(told))
        assert (capsule.stamping, found.told.awaited) == (Stamping.AWAITED, "127.0.0.1")
        cast.clock.advance(minutes=3)
        assert run(session, told, cast, stamper=down) == 0
        cast.clock.advance(hours=2)
        assert run(session, told, cast) == 1
        stamped = bytes_of(capsule, told)
        trusted = found_in(stamped, record_key(told), authorities=[stamps.certificate.read_bytes()])
    assert (capsule.stamping, capsule.stamped_at is not None) == (Stamping.THERE, True)
    assert trusted.told.stamp is not None
    assert (trusted.problem, trusted.told.stamp.trusted) == (None, True)
    assert {name: each for name, each in members(stamped).items() if name != STAMP} == members(without)


# --- the keys ---


@on_sqlite
def test_an_agency_signs_with_its_own_key_and_the_next_one_is_vouched_for(
    session: Session, concluded: Concluded, sample: Sample, told: Settings, tmp_path: Path
) -> None:
    cast = concluded.cast
    told = replace(told, agency_keys=tmp_path / "keys")
    first, path = renew(session, told, cast.agency.code)
    assert path.stat().st_mode & 0o777 == 0o600
    capsule = asked(session, sample, cast, told)
    run(session, told, cast)
    assert capsule.signed_with == first.fingerprint
    second, _path = renew(session, told, cast.agency.code)
    assert key_for(told, cast.agency.code).fingerprint == second.fingerprint != first.fingerprint
    raw = bytes_of(capsule, told)
    for known in (fingerprint(record_key(told)), second.fingerprint):  # from the record's key, and back from the next
        found = found_in(raw, known, statements=statements_of(session, told))
        assert found.told.reached is Reached.VOUCHED
    assert len(kept(folder_of(session, told.roots_folder) / FOLDER)) == 2
    assert [each.key for each in session.scalars(sa.select(CapsuleKey))] == [first.public]
    again = asked(session, sample, cast, told)
    assert again.id != capsule.id  # another key signs now
    revoke(session, told, next(path.parent.glob("*.earlier")))
    problem = found_in(raw, fingerprint(record_key(told)), statements=statements_of(session, told)).problem
    assert problem is not None
    assert (problem.code, problem.found) == ("key", first.fingerprint)


@on_sqlite
def test_a_key_that_cannot_be_used_signs_nothing_and_names_its_file(
    session: Session, concluded: Concluded, told: Settings, tmp_path: Path
) -> None:
    told, code = replace(told, agency_keys=tmp_path), concluded.cast.agency.code
    (tmp_path / f"{code}.pem").write_text("nothing")
    with pytest.raises(Refused, match="bad_key"):
        key_for(told, code)
    own = Ed25519PrivateKey.generate()
    pem = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # as openssl genpkey writes it
    (tmp_path / f"{code}.pem").write_bytes(pem)
    assert key_for(told, code).public == public_of(own)
    with pytest.raises(Invalid):
        renew(session, told, "NOBODY")


def test_every_paper_that_was_made_is_a_chain_of_its_own(
    session: Session, concluded: Concluded, sample: Sample, told: Settings
) -> None:
    cast = concluded.cast
    for language in Language:
        ask_for_sampling_sheet(session, sample, language, by=cast.coordinator)
    session.commit()
    making(sessionmaker(db.engine), cast.clock.moment)
    capsule = asked(session, sample, cast, told)
    run(session, told, cast)
    events = json.loads(members(bytes_of(capsule, told))[EVENTS])
    papers = session.scalars(sa.select(Document.id).where(Document.subject_id == sample.id)).all()
    assert {each["id"] for each in events["chains"] if each["subject"] == "document"} >= set(map(str, papers))
    assert Variant(capsule.variant) is Variant.WHOLE
