"""Goods whose label lacks something, and the finding on it: nobody tests them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.lab.models import Finding
from quality.lab.operations import confirm_finding, propose_label_finding
from quality.purchases.models import Sample
from quality.purchases.operations import SealedPortion, check_label, seal
from tests.harness.people import Cast
from tests.harness.purchases import FACTS, NUMBERS, SEALED, prove, received_task


def sealed_with(session: Session, cast: Cast, *problems: str) -> Sample:
    task, number = received_task(session, cast), next(NUMBERS)
    check_label(session, task, problems, by=cast.buyer)
    prove(session, task, *SEALED, by=cast.buyer)
    test, backup = SealedPortion(f"L-{number}-A", "2 件"), SealedPortion(f"L-{number}-B", "1 件")
    return seal(session, task, by=cast.buyer, facts=FACTS, test=test, backup=backup)


def label_finding(session: Session, cast: Cast) -> Finding:
    finding = propose_label_finding(session, sealed_with(session, cast, "warnings"), by=cast.coordinator)
    confirm_finding(session, finding, by=cast.reviewer)
    return finding
