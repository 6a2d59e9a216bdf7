"""The door for a web server."""

from __future__ import annotations

from quality import create_app

app = create_app()
