"""A walk for newcomers: the sign-ins of a loaded demonstration, and `/tour`, which leads through the path.

Where no demonstration is loaded, nothing here opens a door, and `/tour` says how to load one.
"""

from __future__ import annotations

from flask import Flask

from quality.tour.views import at_the_sign_in, tour


def init_app(app: Flask) -> None:
    app.register_blueprint(tour)
    app.extensions["security"].login_context_processor(at_the_sign_in)
