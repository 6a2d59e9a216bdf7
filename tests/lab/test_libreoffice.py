"""A workbook of ours that LibreOffice opened and saved is read as the one that we gave out.

Where LibreOffice is installed it does so itself; for where it is not, a file that it saved (7.4.7) lies here.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from quality.lab.workbook import uploads
from quality.lab.workbook.writing import open_rows, write_prefilled
from quality.people.actor import Actor
from quality.purchases.models import Portion
from quality.standards.workbook.trying import State
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.standards import NUMBER, a_standard
from tests.lab.test_workbook import Uploads, analyst, at_lab, reports, states, upload
from tests.lab.test_workbook_back import given_back
from tests.standards.test_library_workbook import given_out, table
from tests.standards.test_library_workbook import states as states_of_library

__all__ = ["analyst", "at_lab", "upload"]  # fixtures
pytestmark = [on_sqlite, pytest.mark.usefixtures("sent")]
SAVED = Path(__file__).with_name("saved_by_libreoffice.xlsx")  # with BLIND and ANALYST where they are to stand
OFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


def through_libreoffice(content: bytes, folder: Path, kind: str = "xlsx:Calc MS Excel 2007 XML") -> bytes:
    """Opened and saved, as another kind of file if that is asked."""
    (sent := folder / "sent.xlsx").write_bytes(content)
    own = f"-env:UserInstallation=file://{folder}/office"
    said = [OFFICE, own, "--headless", "--convert-to", kind, "--outdir", folder / "saved", sent]
    subprocess.run(list(map(str, said)), check=True, capture_output=True, timeout=120)
    return (folder / "saved" / "sent").with_suffix(f".{kind.partition(':')[0]}").read_bytes()


def filled_in(content: bytes) -> bytes:
    """As somebody would there: a number of the report, one value as text and one as a number."""
    book, out = load_workbook(io.BytesIO(content)), io.BytesIO()
    for row, value in ((2, "12.4"), (3, 8.5)):
        book["results"].cell(row, 2).value, book["results"].cell(row, 4).value = "WT-2026-7", value
    book["results"]["F3"].value, book["results"]["G3"].value = 1.2, 0.5
    book.save(out)
    return out.getvalue()


def handed_in(session: Session, content: bytes, upload: Uploads, analyst: Actor) -> list[tuple[str, str]]:
    found = upload(content)
    assert states(found) == ["good", "good"]
    uploads.enter(session, found, by=analyst, only_good=False)
    session.commit()
    [report] = reports(session)
    return [(result.value, result.verdict) for result in report.results]


@needs_office
@pytest.mark.usefixtures("at_lab")
def test_what_libreoffice_opens_and_saves_is_ours_still(
    session: Session, cast: Cast, upload: Uploads, analyst: Actor, tmp_path: Path
) -> None:
    a_standard(session, cast.coordinator)
    library = table(tmp_path, through_libreoffice(given_out(session, cast.coordinator, tmp_path), tmp_path)).rows
    assert states_of_library(session, library, cast.coordinator) == {NUMBER: State.SAME}

    write_prefilled(open_rows(session, analyst), tmp_path / "open.xlsx")
    given = through_libreoffice((tmp_path / "open.xlsx").read_bytes(), tmp_path)
    assert states(upload(given)) == ["blank", "blank"]
    annotated = given_back(upload(given), tmp_path).read_bytes()
    shown = through_libreoffice(annotated, tmp_path, "csv:Text - txt - csv (StarCalc):44,34,76,1").decode()
    assert {row["状态 status"] for row in csv.DictReader(shown.splitlines())} == {"blank"}
    filled = through_libreoffice(filled_in(given), tmp_path)
    assert handed_in(session, filled, upload, analyst) == [("12.4", "pass"), ("8.5", "pass")]


def test_a_file_that_libreoffice_saved_is_read(
    session: Session, at_lab: Portion, upload: Uploads, analyst: Actor
) -> None:
    assert analyst.person
    words = {b"BLIND": at_lab.blind_no.encode(), b"ANALYST": analyst.person.email.encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(SAVED) as saved, zipfile.ZipFile(out, "w") as changed:
        for name in saved.namelist():
            content = saved.read(name)
            for placeholder, stands_there in words.items():
                content = content.replace(placeholder, stands_there)
            changed.writestr(name, content)
    assert b"LibreOffice/7.4.7" in zipfile.ZipFile(SAVED).read("docProps/app.xml")
    assert handed_in(session, out.getvalue(), upload, analyst) == [("12.4", "pass"), ("8.5", "pass")]
