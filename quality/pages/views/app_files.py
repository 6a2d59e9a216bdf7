"""What makes the site an app: its manifest, and the worker that keeps pages. The same for everybody."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, url_for
from flask.typing import ResponseReturnValue

from quality.core.words import _
from quality.pages.languages import tag_now
from quality.people.access import public as open_to_all

app_files = Blueprint("app_files", __name__)
PAPER, SIZES = "#f5f6f4", (192, 512)


@app_files.get("/manifest.webmanifest")
@open_to_all
def manifest() -> ResponseReturnValue:
    """W3C Web Application Manifest: the desk is what the app opens with."""
    home, due, here = (url_for(each).partition("?")[0] for each in ("desk.home", "on_phone.board", "on_phone.queue"))
    icons = [icon(size, "any") for size in SIZES] + [icon(512, "maskable")]
    answer = jsonify(
        id=home,
        name=str(_("Mingcha, mystery shopping")),
        short_name=str(_("Mingcha")),
        lang=tag_now(),
        start_url=home,
        scope="/",  # signing in is part of it
        display="standalone",
        theme_color=PAPER,
        background_color=PAPER,
        icons=icons,
        shortcuts=[
            {"name": str(_("What is due where")), "url": due},
            {"name": str(_("On this phone")), "url": here},
        ],
    )
    answer.mimetype = "application/manifest+json"
    return answer


def icon(size: int, purpose: str) -> dict[str, str]:
    name = f"icons/{purpose}-{size}.png"
    return {
        "src": url_for("static", filename=name),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


@app_files.get("/worker.js")
@open_to_all
def worker() -> Response:
    """At the root, for a worker governs no address above its own."""
    return current_app.send_static_file("field/worker.js")
