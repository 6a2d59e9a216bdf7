"""From a document back to the case on whose page it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from quality.controls.queries import control_with
from quality.documents.models import Document
from quality.objections.models import Letter
from quality.pages.kinds import KINDS
from quality.people.actor import Actor
from quality.purchases.models import Portion

# a laboratory reads of portions, an agency of samples, and its coordinators of controls
BESIDE = {"portion": ("portion", "sample", "control"), "sample": ("sample", "control"), "letter": ("finding",)}


def case_of(session: Session, document: Document, me: Actor) -> Iterator[tuple[str, Any]]:
    """Each case that shows this document and that `me` may see."""
    for kind in BESIDE.get(document.subject_type, (document.subject_type,)):
        about = KINDS.get(kind)  # a sheet of labels is of no one case
        if about is None or not me.can(about.read):
            continue
        key = document.subject_id
        if document.subject_type == Letter.__tablename__:
            key = session.get_one(Letter, key).finding_id
        elif kind != document.subject_type:
            sample = session.get_one(Portion, key).sample_id if document.subject_type == "portion" else key
            key = sample if kind == "sample" else control_with(session, sample)
        seen = about.visible_to(me).where(about.model.id == key)
        found = session.scalars(seen.limit(1)).first()
        if found is not None:
            yield kind, found
