"""What every answer carries, so that a browser trusts nothing but us."""

from __future__ import annotations

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)  # `data:` only for the control icons of Bootstrap's stylesheet
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

OPEN = ("/open-data/", "/results", "/statistics", "/proof/", "/campaigns", "/draws")  # what programs read there
DATA = (".json", ".jsonl", ".csv", ".gz", ".parquet", ".atom")
TO_EVERY_SITE = {  # no cookie is read there, so a page of another site learns what anybody does
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Retry-After, RateLimit, RateLimit-Policy, Content-Disposition, Content-Range"
    ),
}


def init_app(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    for name, value in (ALWAYS | of_data(request.method, request.path) | g.get("pace", {})).items():
        response.headers.setdefault(name, value)
    return response


def of_data(method: str, path: str) -> dict[str, str]:
    """What public data carries beside: a script of another site may read it, with GET and HEAD."""
    is_data = method in {"GET", "HEAD"} and path.startswith(OPEN) and path.endswith(DATA)
    return TO_EVERY_SITE if is_data else {}
