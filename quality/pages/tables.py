"""Tables that people send and get back: the page that takes one, and the files that are given out."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import BinaryIO, NamedTuple

from flask import Response, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.workbook import TableForm
from quality.publication.search import visible
from quality.workbooks.columns import Columns
from quality.workbooks.writing import XLSX

SUFFIXES = {XLSX: ".xlsx", "text/csv": ".csv", "application/vnd.apache.parquet": ".parquet"}


class Beginning(NamedTuple):
    """What the page that takes a table says of it."""

    columns: Columns
    above: tuple[Text, str]  # the page above, and its address
    title: Text
    what_for: Text
    what_is_given: Text
    given_at: str  # the address of the workbook to fill in


def begin_page(about: Beginning, form: TableForm | None = None) -> str:
    return render_template("desk/workbook.html", about=about, form=form or TableForm(about.columns))


def received(about: Beginning, receive: Callable[[BinaryIO, str], ResponseReturnValue]) -> ResponseReturnValue:
    """What `receive` answers to the file and its name, or the page with what is wrong with it."""
    form = TableForm(about.columns, request.files)
    try:
        if not form.validate():
            raise Invalid
        [sent] = form.file.data[:1]
        return receive(sent.stream, visible(PurePath(sent.filename).name)[-100:])
    except Invalid as wrong:
        put_beside(form, [FieldProblem("file", each.code, each.text) for each in wrong.problems])
        return make_response(begin_page(about, form), 422)


def given_out(write: Callable[[Path], object], name: str) -> Response:
    """A workbook that is written for whoever asks."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        out = Path(folder) / "given.xlsx"
        write(out)
        content = io.BytesIO(out.read_bytes())
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=name))


def given_back(name: str, annotate: Callable[[Path], str]) -> Response:
    """The sender's own file, with what is wrong beside each row; `annotate` says its media type."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        out = Path(folder) / "annotated"
        media_type = annotate(out)
        content = out.open("rb")  # it outlives its folder
    suffix = SUFFIXES[media_type.partition(";")[0]]
    called_so = str(_("%(name)s to mend%(suffix)s", name=PurePath(name).stem, suffix=suffix))
    answer: Response = make_response(send_file(content, media_type, as_attachment=True, download_name=called_so))
    answer.headers["Content-Type"] = media_type  # of the file's own encoding
    return answer
