"""What every deed of the history needs: one session, the vault, the people who act, and the almanac."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.core.workflow import Case
from quality.demonstration.days import Almanac, spread
from quality.demonstration.people import acting, who_plays
from quality.demonstration.pictures import picture
from quality.demonstration.timeline import Story, Timeline
from quality.evidence.kinds import MAY_BE, SEEN
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.said import UNSAID, Said, Source
from quality.evidence.vault import READ_ONLY, FolderVault, Kept, Vault, hashed, vault_from
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Role
from quality.purchases.models import Sample, SampleStatus, Task

OLD = timedelta(days=3)


class HastyVault(FolderVault):
    """A folder whose files are not synced one by one: the whole disk is, before the demonstration counts as loaded."""

    def put(self, data: BinaryIO | bytes) -> Kept:
        if not isinstance(data, bytes):
            data.seek(0)
            data = data.read()
        kept = hashed(data, None, self._largest)
        place = self._path(kept.sha256)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            self._arriving.mkdir(parents=True, exist_ok=True)
            draft = self._arriving / kept.sha256  # whole or not at all, also where loading is killed
            draft.write_bytes(data)
            draft.chmod(READ_ONLY)
            draft.replace(place)
        return kept


def hasty(url: str) -> Vault:
    if urlsplit(url).scheme == "file":
        return HastyVault(Path(url.removeprefix("file://")))
    return vault_from(url)


@dataclass
class Stage:
    """The deeds of an hour share `session`; jobs run between, with sessions of their own."""

    sessions: sessionmaker[Session]
    settings: Settings
    session: Session
    almanac: Almanac
    timeline: Timeline
    vault: Vault
    cipher: Cipher
    base: dict[str, int]  # by campaign: its own today, in working days from the day of loading
    deeds: Mapping[str, Callable[[Any], None]]  # by the step of a road
    lives: dict[str, list[Any]] = field(default_factory=dict)  # by notice: the listings that it is drafted from
    soon: set[str] = field(default_factory=set)  # jobs that have something to do
    _cast: dict[str, Actor] = field(default_factory=dict)

    def who(self, address: str) -> Actor:
        if address not in self._cast:
            self._cast[address] = acting(self.session, address)
        return self._cast[address]

    def at(self, organisation: Organisation | None, role: Role) -> Actor:
        assert organisation is not None, "a case that was sent names where it went"
        return self.who(who_plays(organisation.code, role))

    @property
    def coordinator(self) -> Actor:
        return self.who("coordinator")

    @property
    def reviewer(self) -> Actor:
        return self.who("reviewer")

    def proof(self, kind: EvidenceKind, by: Actor, subject: str, *lines: str, category: str = "") -> str:
        """A picture that stands for what a person would photograph. Returns its sha256.

        Who sells is one picture a shop, whoever looks it up and when: the same file.
        """
        at = None if kind == EvidenceKind.SELLER else clock.now()
        if is_old := kind == EvidenceKind.MARKS and spread(subject, 6) == 0:
            at = clock.now() - OLD  # of another parcel, perhaps: the page says how old it is, and no more
        drawn = picture(kind, subject, *lines, category=category, at=at)
        taken_in = take_in(self.session, self.vault, drawn, kind=kind, by=by, said=said_of(kind, at, is_old=is_old))
        return taken_in.sha256

    def show(self, case: Case, kind: EvidenceKind, by: Actor, *lines: str, category: str = "") -> None:
        attach(self.session, case, self.proof(kind, by, *lines, category=category), kind, by=by)

    def after(self, job: str) -> None:
        """Have this job run once the deeds of the hour are done."""
        self.soon.add(job)

    def refused_samples(self, campaign_id: int) -> list[Sample]:
        refused = sa.select(Sample).join(Sample.task).where(Task.campaign_id == campaign_id)
        return list(self.session.scalars(refused.where(Sample.status == SampleStatus.REFUSED_BY_LAB)))

    def begin(self, story: Story) -> None:
        self.timeline.begin(story)


def said_of(kind: EvidenceKind, at: datetime | None, *, is_old: bool) -> Said:
    """What a telephone says of a picture that it sends; a form says nothing."""
    if MAY_BE[kind] != SEEN:
        return UNSAID
    source = Source.GALLERY if is_old else Source.CAMERA
    return Said(taken_at=at, phone_now=clock.now(), zone_minutes=480, source=source)
