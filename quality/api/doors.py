"""Every address of the API, and what it brings into the program."""

from __future__ import annotations

from flask import Flask, make_response
from flask.typing import ResponseReturnValue

from quality.api import (
    alike,
    announcing,
    answering,
    batches,
    certificates,
    checklists,
    concluding,
    control_storage,
    corrections,
    covers,
    deadlines,
    dispositions,
    document,
    evidence,
    exclusions,
    expenses,
    figures,
    frame_list,
    frames,
    idempotency,
    labels,
    money,
    notices,
    outside,
    pace,
    phones,
    planned,
    platform,
    practice,
    proposals,
    publishing,
    radar,
    receiving,
    replies,
    sandbox,
    scores,
    sizes,
    standards,
    storage,
    templates,
    told,
    untold,
    uploads,
    waiting,
    webhooks,
    what_if,
    workbooks,
)
from quality.api.door import Door
from quality.api.reading import NotJson
from quality.core.words import _
from quality.web.errors import answer

DOORS: list[Door] = [
    *waiting.DOORS,
    *told.DOORS,
    *untold.DOORS,
    *frames.DOORS,
    *frame_list.DOORS,
    *dispositions.DOORS,
    *what_if.DOORS,
    *money.DOORS,
    *sizes.DOORS,
    *exclusions.DOORS,
    *proposals.DOORS,
    *covers.DOORS,
    *planned.DOORS,
    *evidence.DOORS,
    *expenses.DOORS,
    *uploads.DOORS,
    *phones.DOORS,
    *concluding.DOORS,
    *corrections.DOORS,
    *deadlines.DOORS,
    *control_storage.DOORS,
    *notices.DOORS,
    *publishing.DOORS,
    *announcing.DOORS,
    *alike.DOORS,
    *radar.DOORS,
    *scores.DOORS,
    *templates.DOORS,
    *batches.DOORS,
    *labels.DOORS,
    *receiving.DOORS,
    *replies.DOORS,
    *outside.DOORS,
    *storage.DOORS,
    *workbooks.DOORS,
    *standards.DOORS,
    *certificates.DOORS,
    *checklists.DOORS,
    *platform.DOORS,
    *figures.DOORS,
    *answering.DOORS,
    *practice.DOORS,
    *webhooks.DOORS,
    *sandbox.DOORS,
]


def init_app(app: Flask) -> None:
    """Bring them into the program, and the document that describes them."""
    pace.init_app(app)
    for each in DOORS:
        app.register_blueprint(each)
    document.init_app(app, DOORS)
    app.register_error_handler(NotJson, not_json)
    app.after_request(idempotency.give_up_after_a_refusal)


def not_json(_wrong: NotJson) -> ResponseReturnValue:
    return make_response(answer(400, "not_json", _("The body is no JSON in UTF-8")))
