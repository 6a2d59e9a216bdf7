"""Pages that stand for no single step: signing in, the dossier of a case, what is public."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Bring every page into the program."""
