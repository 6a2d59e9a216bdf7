"""This room's tests begin where the findings end; nights pass, each with its signed root, which proves results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from quality.core.roots import sign_root
from quality.publication.models import Result
from quality.publication.proofs import lay_out_results, proof_of
from tests.harness.beginnings import Concluded
from tests.harness.clock import HeldClock
from tests.harness.people import Cast
from tests.harness.proofs import KEY, Proof
from tests.harness.publication import published


@pytest.fixture
def cast(concluded: Concluded) -> Cast:
    return concluded.cast


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    return tmp_path / "roots"


@pytest.fixture
def night(session: Session, roots: Path, clock: HeldClock) -> Callable[..., None]:
    """A day passes, and its root is signed."""

    def pass_by(key: Ed25519PrivateKey = KEY) -> None:
        clock.advance(days=1)
        session.commit()
        sign_root(session, roots, key, clock.moment)
        lay_out_results(session, roots)

    return pass_by


@pytest.fixture
def two(session: Session, concluded, night) -> list[Result]:
    results = [published(session, concluded.cast, finding) for finding in concluded.bad[:2]]
    night()
    return results


@pytest.fixture
def proof(session: Session, two: list[Result], roots: Path) -> Proof:
    return proof_of(session, roots, two[0].number)
