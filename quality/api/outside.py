"""A laboratory marks an item of its report as outside its accreditation; the agency agrees at its own address."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import takes, told
from quality.api.idempotency import once
from quality.api.lab import REPORTS, reports
from quality.api.reading import sent
from quality.api.shapes import Changed, Line, Paragraph, Sent, Version
from quality.core.db import db
from quality.lab.models import Report
from quality.lab.operations import mark_outside as mark
from quality.people.access import me, needs, require_for
from quality.permissions import Can

DOORS = [reports]


class MarkingOutside(Sent):
    version: Version | None = None
    item: Line = Field(description="As the report names it")
    reason: Paragraph = Field(min_length=1, description="Why it is reported all the same; the agency agrees or not")


@reports.post("/lab/reports/<report_no>/mark_outside", summary="Mark an item as outside the accreditation",
              responses={200: Changed})  # fmt: skip
@once
@needs(Can.OUTSIDE_MARK, once_found=True)
@takes(body=MarkingOutside)
def mark_outside(report_no: str) -> ResponseReturnValue:
    """Where no certificate covers it. Once the agency agrees, the report may be authorised."""
    report: Report = REPORTS.found(report_no)
    require_for(report)
    given = sent(MarkingOutside)
    mark(db.session(), report, given.item, given.reason, by=me, version=given.version)
    return told(REPORTS.changed(report))
