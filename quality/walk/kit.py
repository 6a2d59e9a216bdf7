"""What every step of a walk needs, and how a case is carried: from where it stands, one transaction a step."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.core.db import canonical
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import take_in
from quality.evidence.vault import Vault, vault_from
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Role
from quality.purchases.operations import Way
from quality.walk import crew
from quality.walk.doors import Doors
from quality.walk.reading import SamplePlan

COURIER = "雁回速运"
BASIS = "《中华人民共和国电子商务法》第三十八条；《中华人民共和国产品质量法》第十五条"


def parcel_of(number: str) -> Way:
    """By courier; a made-up parcel bears the number of the case that it is sent for."""
    return Way(f"courier:{COURIER}", number)


@dataclass(frozen=True)
class Kit:
    """Sessions, the vault, the cipher, the organisations of the walk, and the doors of those that come by HTTP."""

    sessions: sessionmaker[Session]
    settings: Settings
    vault: Vault
    cipher: Cipher
    through: Doors | None = None  # by which laboratories and platforms come; a demonstration needs none

    @classmethod
    def of(cls, sessions: sessionmaker[Session], settings: Settings, doors: Doors | None = None) -> Self:
        cipher = Cipher(settings.identity_keys, settings.identity_index_key)
        return cls(sessions, settings, vault_from(settings.evidence_url), cipher, doors)

    @property
    def doors(self) -> Doors:
        assert self.through is not None, "a walk opens them first"
        return self.through

    def agency(self, session: Session, role: Role) -> Actor:
        return self.at(session, crew.find(session, OrganisationKind.AGENCY, ""), role)

    def at(self, session: Session, organisation: Organisation | None, role: Role) -> Actor:
        assert organisation is not None, "the crew is there before the first step, and a case says where it was sent"
        return crew.actor(session, organisation, role)

    def laboratory(self, session: Session, name: str) -> Organisation:
        found = crew.find(session, OrganisationKind.LABORATORY, name)
        assert found is not None, "the crew is there before the first step"
        return found

    def proof(self, session: Session, subject: str, kind: EvidenceKind, by: Actor) -> str:
        """A drawing that stands in a walk for the picture a person would take. Returns its sha256."""
        text = canonical({"walk": "stands for a picture", "of": subject, "kind": kind, "at": clock.now()})
        return take_in(session, self.vault, drawing(text), kind=kind, by=by).sha256


def drawing(text: str) -> bytes:
    """A PNG of colours that no other text has, with the text written into the file."""
    digest, said = hashlib.sha256(text.encode()).digest() * 6, PngInfo()
    said.add_itxt("Description", text)
    drawn = io.BytesIO()
    Image.frombytes("RGB", (8, 8), digest).resize((128, 128), Image.Resampling.NEAREST).save(drawn, "PNG", pnginfo=said)
    return drawn.getvalue()


Step = Callable[[Kit, Session, Any, SamplePlan], None]


def carry(kit: Kit, kind: type[Any], key: int, steps: dict[Any, Step], plan: SamplePlan) -> None:
    """Take a task or a sample as far as its steps reach."""
    while True:
        with kit.sessions.begin() as session:
            case = session.get_one(kind, key)
            step = steps.get(case.status)
            if step is None:
                return
            step(kit, session, case, plan)


def repeat(kit: Kit, deed: Callable[[Session], bool]) -> None:
    """Do a deed, a transaction each time, until it says that there is nothing left to do."""
    while True:
        with kit.sessions.begin() as session:
            if not deed(session):
                return
