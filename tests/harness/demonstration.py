"""The demonstration, loaded once a run by the worker that needs it first; a test takes a copy of all that it left."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from quality.core.db import db
from tests.harness.databases import settings_for
from tests.harness.quickly import quick_pdf
from tests.harness.workers import once

DEMO_PASSWORD = "moon-tree-fish-lamp"
PICTURES = os.environ.get("MINGCHA_PICTURES")  # set it to draw docs/pictures anew


@pytest.fixture(scope="session")
def loaded_demonstration(sqlite_template: Path, shared: Path) -> Path:
    """A folder with `mingcha.db` and the files of its evidence. To be copied, never served itself."""

    def made(folder: Path) -> None:
        shutil.copy(sqlite_template, folder / "mingcha.db")
        load_into(folder)

    once(shared / "demonstration", made)
    return shared / "demonstration"


def bring_demonstration(left: Path, folder: Path) -> str:
    """A copy of it, and the address of its database. Its pictures are linked: they are thousands, and never altered."""
    (folder / "evidence").mkdir()
    for file in left.rglob("*"):
        there = folder / file.relative_to(left)
        if file.is_dir():
            there.mkdir(exist_ok=True)
        elif "evidence" in file.parts:
            os.link(file, there)
        else:
            shutil.copy2(file, there)
    return f"sqlite:///{folder}/mingcha.db"


def load_into(folder: Path) -> None:
    from quality import create_app  # a test that asks for no demonstration does not wait for these
    from quality.demonstration import command, stage
    from quality.documents import render
    from tests.harness.pictures import quick_picture

    app = create_app(settings_for(f"sqlite:///{folder}/mingcha.db", folder), TESTING=True)
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setenv("DEMO_PASSWORD", DEMO_PASSWORD)
        patch.setattr(render, "pdf_of", quick_pdf)
        if not PICTURES:  # those of the tour are drawn of its pages as everybody meets them
            patch.setattr(stage, "picture", quick_picture)
        try:
            command.load_once(app)
        finally:
            db.session.remove()
            db.engine.dispose()  # SQLite puts back into the file what it kept beside it
