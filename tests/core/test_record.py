"""Whoever alters the record, even with the database's own powers, is found out."""

from __future__ import annotations

import gzip
import json
import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.campaigns.workflow import CANCEL, RETURN, SUBMIT
from quality.core.alone import alone_in
from quality.core.clock import rfc3339
from quality.core.db import canonical
from quality.core.events import Event, Note, digest_of
from quality.core.merkle import merkle_root
from quality.core.record import verify
from quality.core.roots import sign_root
from quality.core.workflow import perform
from tests.harness.campaigns import campaign_at, planned
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, founded
from tests.harness.purchases import settings
from tests.harness.snapshots import Road, Snapshot

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    return tmp_path / "roots"


def returned_once(session: Session, clock: HeldClock) -> int:
    """A campaign with a life of five events, and another beside it."""
    from quality.campaigns.models import CampaignStatus

    cast = founded(session, clock)
    found = campaign_at(session, cast, CampaignStatus.IN_REVIEW, settings().frames_folder)
    perform(session, found, RETURN, by=cast.reviewer, note="样本量不足，请按平台补足")
    perform(session, found, SUBMIT, by=cast.coordinator)
    planned(session, cast)
    return found.id


@pytest.fixture
def road(request: pytest.FixtureRequest) -> Road:
    return returned_once if "campaign" in request.fixturenames else founded


@pytest.fixture
def campaign(session: Session, cast: Cast, arrived: Snapshot, roots: Path, clock: HeldClock) -> Campaign:
    """One with a past, and a signed root over it and the other."""
    found = session.get_one(Campaign, arrived.left)
    session.commit()
    assert sign_root(session, roots, KEY, clock.now())
    unlock(session)
    return found


def unlock(session: Session) -> None:
    """What an intruder with all rights does first."""
    if session.get_bind().dialect.name == "postgresql":
        for table in ("event", "access"):
            session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    else:
        for name in session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(sa.text(f"DROP TRIGGER {name}"))
    session.commit()


def say(session: Session, sentence: str, **values: Any) -> None:
    session.execute(sa.text(sentence), values)


MINE = "subject_type = 'campaign' AND subject_id = :id"


def another_action(session: Session, c: Campaign) -> None:
    say(session, f"UPDATE event SET action = 'approve' WHERE {MINE} AND seq = 3", id=c.id)


def another_actor_in_the_last_row(session: Session, c: Campaign) -> None:
    say(session, f"UPDATE event SET actor = 'person:99' WHERE {MINE} AND seq = :seq", id=c.id, seq=c.version)


def an_earlier_moment(session: Session, c: Campaign) -> None:
    event = session.scalars(sa.select(Event).filter_by(subject_type="campaign", subject_id=c.id, seq=2)).one()
    session.execute(sa.update(Event).where(Event.id == event.id).values(at=event.at - timedelta(days=1)))


def other_details(session: Session, c: Campaign) -> None:
    say(session, f"UPDATE event SET details = '{{}}' WHERE {MINE} AND seq = 1", id=c.id)


def a_row_taken_out(session: Session, c: Campaign) -> None:
    say(session, f"DELETE FROM event WHERE {MINE} AND seq = 2", id=c.id)


def the_last_row_taken_off(session: Session, c: Campaign) -> None:
    say(session, f"DELETE FROM event WHERE {MINE} AND seq = :seq", id=c.id, seq=c.version)


def the_tail_cut_and_the_head_mended(session: Session, c: Campaign) -> None:
    the_last_row_taken_off(session, c)
    before = sa.select(Event.digest).filter_by(subject_type="campaign", subject_id=c.id, seq=c.version - 1)
    mend = "UPDATE campaign SET version = version - 1, digest = :digest, status = 'draft' WHERE id = :id"
    say(session, mend, digest=session.scalar(before), id=c.id)


def the_tail_recomputed(session: Session, c: Campaign) -> None:
    """The last event rewritten with a digest that fits, and the case's head with it."""
    rows = {e.seq: e for e in session.scalars(sa.select(Event).filter_by(subject_type="campaign", subject_id=c.id))}
    last, before = rows[c.version], rows[c.version - 1]
    kept = {k.name: getattr(last, k.name) for k in Event.__table__.c if k.name not in ("id", "digest", "at", "details")}
    kept["actor"] = "person:99"
    digest = digest_of(before.digest, at=rfc3339(last.at), details=canonical(last.details), **kept)
    session.execute(sa.update(Event).where(Event.id == last.id).values(actor="person:99", digest=digest))
    say(session, "UPDATE campaign SET digest = :digest WHERE id = :id", digest=digest, id=c.id)


def the_whole_subject_removed(session: Session, c: Campaign) -> None:
    say(session, f"DELETE FROM event WHERE {MINE}", id=c.id)
    say(session, "DELETE FROM campaign_item WHERE campaign_id = :id", id=c.id)
    say(session, "DELETE FROM campaign WHERE id = :id", id=c.id)


def the_events_of_a_case_removed(session: Session, c: Campaign) -> None:
    say(session, f"DELETE FROM event WHERE {MINE}", id=c.id)


def the_case_removed_under_its_events(session: Session, c: Campaign) -> None:
    say(session, "DELETE FROM campaign_item WHERE campaign_id = :id", id=c.id)
    say(session, "DELETE FROM campaign WHERE id = :id", id=c.id)


def an_event_slipped_in(session: Session, c: Campaign) -> None:
    say(
        session,
        "INSERT INTO event (at, actor, subject_type, subject_id, seq, action, details, digest) "
        "SELECT at, actor, subject_type, subject_id, seq + 1, 'approve', details, digest "
        f"FROM event WHERE {MINE} AND seq = :seq",
        id=c.id,
        seq=c.version,
    )


def the_status_set_by_hand(session: Session, c: Campaign) -> None:
    say(session, "UPDATE campaign SET status = 'draft' WHERE id = :id", id=c.id)


def a_note_rewritten(session: Session, c: Campaign) -> None:
    session.execute(sa.update(Note).values(text="没有意见"))


def a_note_removed(session: Session, c: Campaign) -> None:
    session.execute(sa.delete(Note))


@pytest.mark.breaks_the_record
@pytest.mark.parametrize(
    ("alter", "found"),
    [
        (another_action, "altered"),
        (another_actor_in_the_last_row, "altered"),
        (an_earlier_moment, "altered"),
        (other_details, "altered"),
        (a_row_taken_out, "gap"),
        (the_last_row_taken_off, "tail"),
        (the_tail_cut_and_the_head_mended, "removed"),
        (the_tail_recomputed, "recomputed"),
        (the_whole_subject_removed, "removed"),
        (the_events_of_a_case_removed, "tail"),
        (the_case_removed_under_its_events, "subject_gone"),
        (an_event_slipped_in, "altered"),
        (the_status_set_by_hand, "status"),
        (a_note_rewritten, "note_altered"),
        (a_note_removed, "note_gone"),
    ],
)
def test_an_altered_record_is_found(
    session: Session, campaign: Campaign, roots: Path, alter: Callable[[Session, Campaign], None], found: str
) -> None:
    whole = verify(session, roots, [PUBLIC])
    assert whole.broken is None, whole

    alter(session, campaign)
    session.commit()
    session.expire_all()

    broken = verify(session, roots, [PUBLIC]).broken
    assert broken and broken.what == found


def test_a_blanked_note_breaks_nothing(session: Session, campaign: Campaign, roots: Path) -> None:
    session.execute(sa.update(Note).values(text=None))
    session.commit()
    assert verify(session, roots, [PUBLIC]).broken is None


@pytest.mark.parametrize("deed", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["event", "access"])
def test_the_database_itself_refuses_to_change_the_record(session: Session, cast: Cast, table: str, deed: str) -> None:
    from quality.campaigns.queries import drawn_list

    campaign = planned(session, cast)
    drawn_list(session, campaign, cast.coordinator)
    session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="only added to"):
        session.execute(sa.text(deed.format(table)))
        session.flush()


def test_postgresql_refuses_to_empty_the_record(session: Session, cast: Cast) -> None:
    if session.get_bind().dialect.name == "postgresql":
        with pytest.raises(sa.exc.DBAPIError, match="only added to"):
            session.execute(sa.text("TRUNCATE event"))
    else:  # SQLite has no TRUNCATE: an unconditional DELETE is the same deed
        with pytest.raises(sa.exc.DBAPIError, match="only added to"):
            session.execute(sa.text("DELETE FROM event"))


def test_a_root_is_signed_once_a_day_and_names_the_one_before(
    session: Session, cast: Cast, campaign: Campaign, roots: Path, clock: HeldClock
) -> None:
    assert sign_root(session, roots, KEY, clock.now()) is None
    first = sorted(roots.rglob("*.json"))[0]
    clock.advance(days=1)
    perform(session, campaign, CANCEL, by=cast.reviewer)
    session.commit()
    second = sign_root(session, roots, KEY, clock.now())

    assert second
    import hashlib

    assert json.loads(second.read_text())["previous"] == hashlib.sha256(first.read_bytes()).hexdigest()
    assert verify(session, roots, [PUBLIC]).roots == 2


def change_the_root(roots: Path) -> None:
    path = sorted(roots.rglob("*.json"))[0]
    path.write_text(path.read_text().replace('"count"', '"account"'))


def change_a_head(roots: Path) -> None:
    path = sorted(roots.rglob("*.heads.gz"))[-1]
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join(lines[1:]).encode()))


def remove_the_newest_heads(roots: Path) -> None:
    sorted(roots.rglob("*.heads.gz"))[-1].unlink()


def remove_the_first_root(roots: Path) -> None:
    sorted(roots.rglob("*.json"))[0].unlink()


def sign_with_another_key(roots: Path) -> None:
    import base64

    path = sorted(roots.rglob("*.json"))[-1]
    kept = json.loads(path.read_text())
    other = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    del kept["key"], kept["signature"]
    public = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = base64.b64encode(other.sign(canonical(kept).encode())).decode()
    path.write_text(json.dumps(kept | {"key": base64.b64encode(public).decode(), "signature": signature}))


@on_sqlite
@pytest.mark.breaks_the_record
@pytest.mark.parametrize(
    ("alter", "found"),
    [
        (change_the_root, "root_signature"),
        (change_a_head, "root_heads"),
        (remove_the_newest_heads, "root_heads"),
        (remove_the_first_root, "root_missing"),
        (sign_with_another_key, "root_key"),
    ],
)
def test_an_altered_root_is_found(
    session: Session, campaign: Campaign, clock: HeldClock, roots: Path, *, alter: Callable[[Path], None], found: str
) -> None:
    clock.advance(days=1)
    sign_root(session, roots, KEY, clock.now())
    alter(roots)
    broken = verify(session, roots, [PUBLIC]).broken
    assert broken and broken.what == found


def test_old_heads_may_be_archived_away(session: Session, campaign: Campaign, roots: Path, clock: HeldClock) -> None:
    clock.advance(days=1)
    sign_root(session, roots, KEY, clock.now())
    sorted(roots.rglob("*.heads.gz"))[0].unlink()
    assert verify(session, roots, [PUBLIC]).broken is None


def test_the_roots_of_another_database_in_the_same_folder_accuse_nobody(
    session: Session, campaign: Campaign, roots: Path
) -> None:
    own = next(path for path in roots.iterdir())
    shutil.copytree(own, roots / "another")
    seen = verify(session, roots, [PUBLIC])
    assert (seen.broken, seen.roots, seen.strangers) == (None, 1, 1)


def test_a_leaf_and_a_node_cannot_stand_for_each_other() -> None:
    leaves = [("campaign", n, 1, "0" * 64) for n in range(1, 6)]
    roots = {merkle_root(leaves[:n]) for n in range(6)}
    assert len(roots) == 6
    assert merkle_root(leaves) != merkle_root(leaves[::-1])


def test_a_clock_that_is_set_back_over_midnight_signs_no_earlier_day(
    session: Session, campaign: Campaign, roots: Path, clock: HeldClock
) -> None:
    """Its root would name a later one as the one before it, and the chain of roots would look torn."""
    clock.advance(days=2)
    assert sign_root(session, roots, KEY, clock.now())
    clock.advance(days=-1)
    assert sign_root(session, roots, KEY, clock.now()) is None
    assert (verify(session, roots, [PUBLIC]).roots, verify(session, roots, [PUBLIC]).broken) == (2, None)


@pytest.mark.breaks_the_record
def test_of_two_processes_that_sign_at_once_one_waits_and_leaves_it(
    session: Session, campaign: Campaign, roots: Path, clock: HeldClock
) -> None:
    """Else the heads of the second would lie beside the root of the first, as if somebody had altered them."""
    clock.advance(days=1)
    bind, signed = session.get_bind(), list[Path | None]()

    def second() -> None:
        with Session(bind) as own:
            signed.append(sign_root(own, roots, KEY, clock.now()))

    waiting = threading.Thread(target=second)
    folder = next(path for path in roots.iterdir() if path.is_dir())
    with alone_in(folder):
        waiting.start()
        waiting.join(0.3)
        assert signed == []
        (folder / f"{clock.now():%Y-%m-%d}.json").touch()  # the first has done it
    waiting.join(20)
    assert signed == [None]
