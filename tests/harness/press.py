"""A quick press: a PDF of one empty page that carries what would be printed, in a thousandth of the time.

Hundreds of tests need a notice that is issued, and few care how its PDF looks: those wear `@real_press`. What is not
printed is still written out by its template, so that a test may search it for what must not be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from quality.documents import render
from quality.documents.jobs import make_documents
from quality.documents.press import Press

real_press = pytest.mark.real_press

PAGE = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj
4 0 obj<</Length 0>>stream

endstream endobj
5 0 obj<</Length %d>>stream
%s
endstream endobj
trailer<</Root 1 0 R/Size 6>>
%%%%EOF
"""


def quick_pdf(html: str) -> bytes:
    text = html.encode()
    return PAGE % (len(text), text)


def making(sessions: sessionmaker[Session], now: datetime) -> int:
    """The job that makes what was asked for, at the press of the program that the test runs."""
    return make_documents(sessions, Press.of(current_app.config["SETTINGS"]), now)


@pytest.fixture(autouse=True)
def press(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("real_press"):
        yield
        return
    with pytest.MonkeyPatch.context() as patched:  # its own, for tests undo the shared one
        patched.setattr(render, "pdf_of", quick_pdf)
        yield
