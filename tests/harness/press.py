"""A quick press: a PDF of one empty page that carries what would be printed, in a thousandth of the time.

Hundreds of tests need a notice that is issued, and few care how its PDF looks: those wear `@real_press`, or
`@real_press(kind)` where it is one kind of paper that they look at. What is not printed is still written out by its
template, so that a test may search it for what must not be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime

import pytest
from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from quality.documents import render
from quality.documents.jobs import make_documents
from quality.documents.models import DocumentKind
from quality.documents.press import Paper, Press, Printed
from tests.harness.quickly import quick_pdf

real_press = pytest.mark.real_press


def making(sessions: sessionmaker[Session], now: datetime) -> int:
    """The job that makes what was asked for, at the press of the program that the test runs."""
    return make_documents(sessions, Press.of(current_app.config["SETTINGS"]), now)


@pytest.fixture(autouse=True)
def press(request: pytest.FixtureRequest) -> Iterator[None]:
    real = request.node.get_closest_marker("real_press")
    with quickly() if real is None else only(*real.args) if real.args else nullcontext():
        yield


@contextmanager
def only(kind: DocumentKind) -> Iterator[None]:
    """Prints this kind of paper, and quickly what else a case needs on its way there."""
    really = Press.printed

    def printed(self: Press, paper: Paper) -> Printed:
        if paper.kind is kind:
            return really(self, paper)
        with quickly():
            return really(self, paper)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Press, "printed", printed)
        yield


@contextmanager
def quickly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:  # its own, for tests undo the shared one
        patched.setattr(render, "pdf_of", quick_pdf)
        yield
