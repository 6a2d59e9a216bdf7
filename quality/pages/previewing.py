"""A public page before it is public: by the same template, marked as a preview, and found by no search engine."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Response, make_response, render_template, request, url_for

from quality.core.words import LANGUAGES, Text, _
from quality.web.headers import POLICY

WITHIN_OUR_PAGE = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
AROUND_OUR_PAGE = f"{POLICY}; frame-src 'self'"
UNFOUND = "noindex, nofollow, noarchive"


class Preview(NamedTuple):
    """What is said above and below the page: of what it is a preview, and the way back."""

    says: Text
    back: str
    phone: str


def previewed(template: str, preview: Preview, **drawn: Any) -> Response:
    """The page itself. Our own page may show it in a frame, as wide as a telephone."""
    answer = make_response(render_template(template, preview=preview, **drawn))
    answer.headers["Content-Security-Policy"] = WITHIN_OUR_PAGE
    answer.headers["X-Robots-Tag"] = UNFOUND
    return answer


def on_a_phone(heading: Text, back: str, endpoint: str, **where: Any) -> Response:
    """The page in both languages, each in a frame as wide as a telephone: what reads the width reads that one."""
    frames = [(language, url_for(endpoint, **where, lang=language)) for language in LANGUAGES]
    answer = make_response(render_template("desk/phone.html", heading=heading, back=back, frames=frames))
    answer.headers["Content-Security-Policy"] = AROUND_OUR_PAGE
    answer.headers["X-Robots-Tag"] = UNFOUND
    return answer


def of_a_result(number: str, edition: int) -> Preview:
    back = url_for("desk.dossier", kind="result", number=number)
    return Preview(
        _("Preview of version %(edition)s of %(number)s, as the public will read it.", number=number, edition=edition),
        back,
        url_for("previews.phone", number=number, lang=request.args.get("lang")),
    )
