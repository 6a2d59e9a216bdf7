"""The dossier of a case on paper (案卷): all that its page shows its agency, kept as it stood when it was asked for.

It is written down in both languages at once, so that neither changes when a word of this program does. It is for the
agency whose case it is, and for nobody else. No identity of a buyer is in it: it names people as the page does, and
of evidence it has kind and hash. What a first look saw stays out until the second was made.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted
from quality.core.words import LANGUAGES, _, in_language
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.lab.models import Finding
from quality.notices.models import Notice
from quality.pages.casefile.findings import sections_of_a_finding
from quality.pages.casefile.notices import sections_of_a_notice
from quality.pages.kinds import KINDS
from quality.people.actor import Actor
from quality.permissions import Sees


def may_have(me: Actor, case: Any) -> bool:
    """Whether the dossier on paper is this reader's to ask for and to read."""
    return me.sees is Sees.AGENCY and me.stands_over(case)


def ask_for_dossier(session: Session, case: Notice | Finding, language: Language, *, by: Actor) -> Document:
    """Have the dossier made as the case stands now. One that would say the same is the one that is there."""
    if not may_have(by, case):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    says: dict[str, Any] = {}
    for each in LANGUAGES:
        with in_language(each):
            says[each] = (
                sections_of_a_notice(session, case, by)
                if isinstance(case, Notice)
                else sections_of_a_finding(session, case, by)
            )
    return ask(
        session, case, DocumentKind.DOSSIER, says,
        number=KINDS[case.__tablename__].number(case), agency_id=case.agency_id, by=by, languages=(language,),
    )  # fmt: skip
