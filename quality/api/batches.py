"""Many notices at once: asked for in one call, done one by one by a job, and asked about until all is done."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import Line, Moment, Paragraph, Sent, Told
from quality.core.db import db
from quality.notices.batches import BatchRow, NoticeBatch
from quality.notices.models import Measure, NoticeKind
from quality.notices.operations.batches import MOST, Wording, do_to_many, draft_all, one_batch, progress_of, rows_of
from quality.notices.operations.grouping import Grouping
from quality.notices.operations.templates import chosen
from quality.pages.moments import language_now
from quality.people.access import me, needs, require_for
from quality.permissions import Can

batches = door("batches", tag="notice-batches", about="One deed of several hundred notices")
DOORS = [batches]


class BatchRowTold(Told):
    number: str | None = Field(description="Of the notice, or the reference of a draft; null before it is drafted")
    platform: str
    done_at: Moment | None = Field(description="Null: it waits")
    refusal: str | None = Field(description="Why it was not done, for programs")
    reason: str | None = Field(description="The same in a sentence")


class BatchTold(Told):
    id: int
    deed: str = Field(description="`draft`, `submit`, `approve` or `issue`")
    asked_at: Moment
    many: int
    done: int = Field(description="Tried, whatever came of it; all are when it equals `many`")
    refused: int
    rows: list[BatchRowTold]


class BatchSent(Sent):
    deed: str = Field(
        description="`submit`, `approve` or `issue`", json_schema_extra={"enum": ["submit", "approve", "issue"]}
    )
    notices: list[Line] | None = Field(
        None, max_length=MOST, description="References or numbers; left out: all that wait for it and that you may"
    )


class DraftAll(Sent):
    """Of everything that waits for a notice. Texts that are left out come from the template."""

    kind: NoticeKind
    legal_basis: Paragraph = ""
    reasons: Paragraph = ""
    reasons_untested: Paragraph = ""
    measures: list[Measure] = Field(list(Measure), max_length=len(Measure))
    answer_to: Paragraph = ""
    how_to_object: Paragraph = ""
    template: Line | None = Field(None, description="Its name; empty: the shipped one")
    grouping: Grouping = Field(Grouping.PLATFORM, strict=False)


def batch_told(batch: NoticeBatch) -> BatchTold:
    session = db.session()
    progress = progress_of(session, [batch.id])[batch.id]
    return BatchTold(
        id=batch.id,
        deed=batch.deed.value,
        asked_at=batch.asked_at,
        many=progress.many,
        done=progress.done,
        refused=progress.refused,
        rows=[row_told(row) for row in rows_of(session, batch)],
    )


def row_told(row: BatchRow) -> BatchRowTold:
    notice = row.notice
    return BatchRowTold(
        number=(notice.number or notice.reference) if notice else None,
        platform=notice.platform.name if notice else str(row.about["platform"]),
        done_at=row.done_at,
        refusal=row.refusal,
        reason=row.reason.get(language_now()) if row.refusal else None,
    )


@batches.post("/notice-batches", summary="Submit, approve or issue many notices", responses={202: BatchTold})
@once
@needs(Can.ITEM_VERIFY)
@takes(body=BatchSent)
def begin_batch() -> ResponseReturnValue:
    """Each is done by itself, as it is now; ask for the batch until `done` equals `many`."""
    given = sent(BatchSent)
    return told(batch_told(do_to_many(db.session(), given.deed, given.notices, by=me)), 202)


@batches.post("/notice-batches/drafts", summary="Draft notices of all that waits", responses={202: BatchTold})
@once
@needs(Can.NOTICE_DRAFT)
@takes(body=DraftAll)
def draft_batch() -> ResponseReturnValue:
    """A notice a platform, or one a finding and platform; of a platform with very many listings, several."""
    session, given = db.session(), sent(DraftAll)
    said: dict[str, Any] = given.model_dump(exclude={"template", "grouping"})
    template = None if given.template is None else chosen(session, me, given.template)
    if template is not None:
        said |= {name: text for name, text in template.says["zh"].items() if not said[name].strip()}
    return told(batch_told(draft_all(session, Wording(**said), by=me, grouping=given.grouping, template=template)), 202)


@batches.get("/notice-batches/<int:batch>", summary="How far it is", responses={200: BatchTold})
@needs(Can.ITEM_VERIFY, once_found=True)
@takes()
def show_batch(batch: int) -> ResponseReturnValue:
    found = one_batch(db.session(), me, batch)
    require_for(found)
    return told(batch_told(found))
