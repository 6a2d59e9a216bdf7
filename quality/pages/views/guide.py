"""How to read what is published here, for citizens and journalists."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from quality.pages.guide import SECTIONS, drawings
from quality.pages.views.public import public
from quality.people.access import public as open_to_all
from quality.web import settings


@public.get("/guide")
@open_to_all
def guide() -> ResponseReturnValue:
    return render_template(
        "public/guide.html", sections=SECTIONS, least=settings().statistics_least, section="guide", **drawings()
    )
