"""A kept file as an answer: a piece at a time, any range of it, and never as a page of ours."""

from __future__ import annotations

from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import dump_options_header
from werkzeug.wsgi import FileWrapper

AT_ONCE = 1024 * 1024  # bytes in memory
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # whatever it is, it does nothing and is nobody


PAGES = frozenset({"text/html", "multipart/related"})  # what a browser would open as one


def streamed(file: BinaryIO, size: int, media_type: str, name: str = "", etag: str = "") -> Response:
    """`file`, of `size` bytes, to be looked at in place; with a `name`, to be saved under it."""
    named = "text/plain" if media_type in PAGES else media_type
    response = Response(FileWrapper(file, AT_ONCE), mimetype=named, direct_passthrough=True)
    response.content_length = size
    if name:
        response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    if etag:
        response.set_etag(etag)
    response.headers["Content-Security-Policy"] = ALONE
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
    except HTTPException:  # there is no such range
        response.close()
        raise
    return response
