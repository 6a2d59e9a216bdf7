"""Mystery shopping for product quality: the path of a sample, from a plan to a takedown that was seen to be true.

A coordinator plans a campaign; a reviewer approves it; its frame is frozen and drawn by a seed that nobody chose.
A mystery buyer orders what was drawn, with evidence, and seals it: a portion to test, a portion to keep.
A laboratory that knows only a blind number receives it, tests it, and a second person authorises the report.
The results are judged by open rules; a finding is proposed by one person of the agency and confirmed by another.
A nonconforming finding becomes an item of a disposal notice to the platform that sold it.
The platform answers for each listing: a claim. The agency looks for itself, with its own evidence: then it is verified.
The notice closes when every item is verified or excused, and the public reads a frozen copy of the result.
Every step is a move of a case along a table (`core/workflow.py`) and one event in a record that cannot be altered
without being found out (`core/events.py`). Who may do what stands on one page (`permissions.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quality.core.config import Settings
    from quality.web.transactions import TransactionalFlask


def create_app(settings: Settings | None = None, **overrides: object) -> TransactionalFlask:
    """The whole program on one database. `overrides` are Flask settings, for tests."""
    # the rooms import `quality`, which must be there first; and `mingcha` need not wait for what it does not use
    from sqlalchemy.orm import configure_mappers  # noqa: PLC0415

    import quality.people.spared  # noqa: PLC0415 - before whatever else fetches Flask-Security
    import quality.tables  # noqa: F401, PLC0415 - all are there before two requests can ask at once: pages come later
    from quality import api, pages, tour, web  # noqa: PLC0415
    from quality.core.config import Settings  # noqa: PLC0415
    from quality.core.db import db, engine_options  # noqa: PLC0415
    from quality.core.surroundings import CHECKOUT  # noqa: PLC0415
    from quality.evidence import scanning  # noqa: PLC0415
    from quality.web.transactions import TransactionalFlask  # noqa: PLC0415

    configure_mappers()
    settings = settings or Settings.read()
    app = TransactionalFlask(
        __name__,
        root_path=str(CHECKOUT),
        static_folder=str(Path(__file__).parent / "static"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SETTINGS=settings,
        **overrides,
    )
    scanning.use(settings.clamd_url)
    db.init_app(app)
    web.init_app(app, settings)
    pages.init_app(app)
    api.init_app(app)
    tour.init_app(app)
    return app
