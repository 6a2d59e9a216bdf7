"""What is kept: the database, the vault, and whether the keys at hand open them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from quality.clocks.drafts import years_that_count
from quality.clocks.queries import calendar
from quality.core import clock
from quality.core.cipher import Cipher, Unreadable
from quality.core.errors import Refused, Unavailable
from quality.core.handover import Reached, faulty, kept, reach
from quality.core.roots import folder_of
from quality.core.words import Text, _
from quality.demonstration.standing import Standing, standing
from quality.doctor.finding import Finding, fault, ok, warning
from quality.doctor.told import Told, is_this_machine
from quality.documents.signing import key_for
from quality.evidence.vault import vault_from
from quality.people.models import Organisation, OrganisationKind
from quality.purchases.covers import CoverSecret
from quality.purchases.operations.appearing import place_of as place_of_cover
from quality.purchases.operations.identity import place_of
from quality.purchases.secrets import TaskSecret
from quality.subscriptions.links import Keys
from quality.subscriptions.models import Subscriber
from quality.watch.late import late_jobs, processes_alive
from quality.watch.models import JobRun
from quality.watch.pulse import BACKUP
from quality.watch.readiness import engine_of_its_own, head, known_revisions

OLD = timedelta(hours=26)  # of a daily backup
SOON = timedelta(days=30)  # a certificate takes weeks to be renewed
SLOW, WRONG = 2.0, 60.0  # seconds between two clocks
POSTGRESQL = 140000  # server_version_num that we are tested from
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
URL = "DATABASE_URL"


def look(told: Told) -> Iterator[Finding]:
    if "EVIDENCE_URL" not in told.unusable:
        yield vault(told)
    if URL in told.unusable:
        return
    if is_not_made_yet(told.settings.database_url):
        yield NO_TABLES
        return
    engine = engine_of_its_own(told.settings.database_url, 10)
    try:
        with engine.connect() as connection:
            yield ok("database", _("The database answers (%(kind)s)", kind=engine.dialect.name))
            if engine.dialect.name == "postgresql":
                yield from postgresql(connection)
            at_head = tables(connection)
            yield at_head
            if at_head.remedy is None:
                yield from rows(Session(connection), told)
    except (sa.exc.OperationalError, sa.exc.DatabaseError) as away:
        said = _("The database does not answer: %(why)s", why=type(away.orig).__name__)
        remedy = _("Is it running, is DATABASE_URL right (host, name, user, password), and may this user open it?")
        yield fault("database", said, remedy)
    finally:
        engine.dispose()


NO_TABLES = fault("tables", _("There are no tables yet"), _("mingcha db upgrade"))


def is_not_made_yet(url: str) -> bool:
    """SQLite makes a file when it is asked to open one; who only looks leaves nothing behind."""
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file()


def vault(told: Told) -> Finding:
    try:
        vault_from(told.settings.evidence_url).probe()
    except Unavailable as no:
        remedy = _("Is it there, does the bucket exist, do AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY open it?")
        return fault("vault", no.reason, remedy)
    except OSError as failed:
        said = _("The vault cannot be written: %(why)s", why=failed.strerror or type(failed).__name__)
        return fault("vault", said, _("Give the folder of EVIDENCE_URL to the user that runs the program"))
    return ok("vault", _("The vault takes a file, gives it back and lets it go"))


def postgresql(connection: Connection) -> Iterator[Finding]:
    asked = "server_version_num", "server_encoding", *DURABLE
    told: dict[str, str] = {n: connection.exec_driver_sql(f"SHOW {n}").scalar_one() for n in asked}
    if int(told["server_version_num"]) < POSTGRESQL:
        said = _("PostgreSQL is of version %(version)s", version=int(told["server_version_num"]) // 10000)
        yield warning("postgresql", said, _("We are tested from version 14"))
    if told["server_encoding"] != "UTF8":
        said = _("The database's encoding is %(encoding)s", encoding=told["server_encoding"])
        yield fault("encoding", said, _("Make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"))
    loose = [name for name, wanted in DURABLE.items() if told[name] != wanted]
    for name in loose:
        about = {"name": name, "value": told[name]}
        said = _("%(name)s is %(value)s: what was answered for may be gone after a power cut", **about)
        yield fault(name, said, _("Set it to on in postgresql.conf"))
    there = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    apart = abs((there - clock.now()).total_seconds())
    said = _("The clocks of this machine and of PostgreSQL are %(apart)s s apart", apart=round(apart, 1))
    if apart > SLOW:
        yield (fault if apart > WRONG else warning)("clocks_apart", said, _("timedatectl set-ntp true, on both"))
    else:
        yield ok("clocks_apart", said)


def tables(connection: Connection) -> Finding:
    if not sa.inspect(connection).has_table("alembic_version"):
        return NO_TABLES
    at = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    if at == head():
        return ok("tables", _("The tables are of this version (%(at)s)", at=at))
    said = _("The tables are of version %(at)s, the program is of %(wanted)s", at=at, wanted=head())
    if at in known_revisions():
        return fault("tables", said, _("Stop the program, `mingcha backup DIR`, then `mingcha db upgrade`"))
    return fault("tables", said, _("They were upgraded by a newer program: run that one, or restore the backup"))


def rows(session: Session, told: Told) -> Iterator[Finding]:
    if "RECORD_SIGNING_KEY" not in told.unusable:
        yield signing_key(session, told)
    if not {"IDENTITY_KEYS", "IDENTITY_INDEX_KEY"} & told.unusable:
        yield identity_keys(session, told)
    if not {"DOCUMENT_KEYS", "DOCUMENT_KEYS_PASSWORD"} & told.unusable:
        yield from document_keys(session, told)
    yield jobs(session)
    yield backup(session)
    yield from holidays(session)
    if standing(session) is Standing.LOADED and not is_this_machine(host_of(told)):
        said = _("The demonstration is loaded, and its sign-ins are shown to everybody at a public address")
        yield warning("demonstration", said, _("mingcha demo clear"))


def host_of(told: Told) -> str:
    return told.settings.public_url.split("://", 1)[1].split("/")[0].rsplit(":", 1)[0].strip("[]")


def signing_key(session: Session, told: Told) -> Finding:
    """Whether the newest root was signed by our key. `mingcha record verify` looks at all of them."""
    roots = sorted(folder_of(session, told.settings.roots_folder).glob("*.json"))
    if not roots:
        return ok("RECORD_SIGNING_KEY", _("No root of the record was signed yet"))
    ours = Ed25519PrivateKey.from_private_bytes(told.settings.record_signing_key).public_key().public_bytes_raw()
    signer = b""
    with suppress(ValueError, KeyError, TypeError):
        signer = base64.b64decode(json.loads(roots[-1].read_bytes())["key"])
    if signer in {ours, *(told.settings.record_earlier_keys or ())}:
        if said := not_vouched_for(folder_of(session, told.settings.roots_folder), ours, signer):
            return warning(
                "RECORD_SIGNING_KEY",
                said,
                _("mingcha record hand-over FILE, with the key before in place (docs/operations.md)"),
            )
        return ok("RECORD_SIGNING_KEY", _("A key of ours signed the record's newest root"))
    said = _("The record's newest root (%(file)s) was signed by another key", file=roots[-1].name)
    return fault(
        "RECORD_SIGNING_KEY",
        said,
        _("Bring back the RECORD_SIGNING_KEY of this installation, or name its public half in RECORD_EARLIER_KEYS"),
    )


def not_vouched_for(folder: Path, ours: bytes, signer: bytes) -> Text | None:
    """Why whoever noted the key of the newest root cannot follow to ours."""
    if names := faulty(folder):
        return _("A statement of the record's keys is not signed by them: %(name)s", name=names[0])
    key, before = (base64.b64encode(each).decode() for each in (ours, signer))
    way = reach(key, [before], kept(folder))
    if way is Reached.REVOKED:
        return _("The record is signed by a key that was revoked")
    if way in {Reached.GIVEN, Reached.VOUCHED}:
        return None
    return _("The record has a new key, and the one before does not vouch for it: nobody can follow to it")


def document_keys(session: Session, told: Told) -> Iterator[Finding]:
    """Whether each agency's key opens and is valid; where none is configured, documents bear no signature."""
    folder, password = told.settings.document_keys, told.settings.document_keys_password
    if folder is None:
        return
    codes = session.scalars(sa.select(Organisation.code).where(Organisation.kind == OrganisationKind.AGENCY)).all()
    held, now = sorted(folder.glob("*.p12")), clock.now()
    for path in held:
        about = f"DOCUMENT_KEYS {path.name}"
        if path.stem not in codes:
            said = _("No agency has the code %(code)s: nothing is signed with this key", code=path.stem)
            yield warning(about, said, _("Name the file after the agency's code, as in YZ.p12"))
            continue
        try:
            key = key_for(folder, password, path.stem)
            assert key, "the file was there"
            key.must_hold_at(now)
        except Refused as no:
            yield fault(about, no.reason, _("Until then the agency's notices wait, and none is printed unsigned"))
            continue
        last = key.certificate.not_valid_after_utc
        said = _(
            "Documents of %(name)s are signed; the certificate is valid to %(day)s",
            name=key.name,
            day=f"{last:%Y-%m-%d}",
        )
        if last - now < SOON:
            yield warning(about, said, _("Put the next one there in time; it is read without a restart"))
        else:
            yield ok(about, said)
    if not held:
        said = _("No key lies in %(folder)s: documents bear no signature", folder=folder)
        yield warning("DOCUMENT_KEYS", said, _("Put CODE.p12 there for each agency that signs"))


def identity_keys(session: Session, told: Told) -> Finding:
    """The oldest and the newest identity are read, compared with their index, and shown to nobody."""
    cipher = Cipher(told.settings.identity_keys, told.settings.identity_index_key)
    kept: list[TaskSecret | CoverSecret] = [*ends_of(session, TaskSecret), *ends_of(session, CoverSecret)]
    readers = ends_of(session, Subscriber)
    if not kept and not readers:
        return ok("IDENTITY_KEYS", _("No identity is kept yet"))
    try:
        for each in readers:
            Keys.of(told.settings).address_of(each)
        read = [(each, cipher.decrypt(each.value, about=where(each))) for each in kept]
    except Unreadable:
        remedy = _("Add the lost key behind the others, with a comma: identities cannot be read without it by anybody")
        return fault("IDENTITY_KEYS", _("IDENTITY_KEYS do not open what is kept"), remedy)
    if any(cipher.blind_index(each.kind, value) != each.blind_index for each, value in read):
        said = _("IDENTITY_INDEX_KEY is not the one that what is kept was indexed with: nothing would be found again")
        return fault("IDENTITY_INDEX_KEY", said, _("Bring back the IDENTITY_INDEX_KEY of this installation"))
    return ok("IDENTITY_KEYS", _("The oldest and the newest identity can be read and found"))


S = TypeVar("S", TaskSecret, CoverSecret, Subscriber)


def ends_of(session: Session, table: type[S]) -> list[S]:
    """The oldest and the newest."""
    ends = [session.scalars(sa.select(table).order_by(order).limit(1)).first() for order in (table.id, table.id.desc())]
    return [each for each in ends if each is not None]


def where(secret: TaskSecret | CoverSecret) -> str:
    if isinstance(secret, CoverSecret):
        return place_of_cover(secret.cover_id, secret.kind)
    return place_of(secret.task_id, secret.kind)


def jobs(session: Session) -> Finding:
    now = clock.now()
    if not processes_alive(session, now):
        said = _("No process does the jobs: nothing is printed, delivered, or noticed to be overdue")
        return warning("jobs", said, _("mingcha serve, or mingcha jobs beside `mingcha serve --no-jobs`"))
    if late := late_jobs(session, now):
        said = _("Late: %(jobs)s", jobs=", ".join(run.name for run in late))
        return warning("jobs", said, _("Look into the log of the jobs for what they failed at"))
    return ok("jobs", _("The jobs run, and none is late"))


def backup(session: Session) -> Finding:
    run, daily = session.get(JobRun, BACKUP), _("mingcha backup DIR, every day by a timer (docs/operations.md)")
    if run is None or run.finished_at is None:
        return warning("backup", _("No backup was ever finished"), daily)
    said = _("The last backup was finished at %(moment)s", moment=clock.rfc3339(run.finished_at))
    return warning("backup", said, daily) if clock.now() - run.finished_at > OLD else ok("backup", said)


def holidays(session: Session) -> Iterator[Finding]:
    known = calendar(session)
    for year in years_that_count():
        about: Any = {"year": year}
        if known.year(year).provisional:
            said = _("The public holidays of %(year)s are not known: clocks count with provisional days", **about)
            remedy = _("Enter the State Council's notice on the page Calendar (or mingcha calendar enter), or upgrade")
            yield warning("holidays", said, remedy)
        else:
            yield ok("holidays", _("The public holidays of %(year)s are known", **about))
