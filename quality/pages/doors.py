"""Every page of the desk. The program fetches them when the first of them is asked for (decision 0023)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quality.pages.views.alike import alike
from quality.pages.views.announcing import announcing
from quality.pages.views.answer_books import answer_books
from quality.pages.views.answering import answering
from quality.pages.views.answers import answers
from quality.pages.views.apart import apart
from quality.pages.views.assigning import assigning
from quality.pages.views.batches import batches
from quality.pages.views.blackening import blackening
from quality.pages.views.buyers import buyers
from quality.pages.views.calendar import calendar
from quality.pages.views.capsules import capsules
from quality.pages.views.certificates import certificates
from quality.pages.views.checklists import checklists
from quality.pages.views.competence import competence
from quality.pages.views.complaints import complaints
from quality.pages.views.conformance import conformance
from quality.pages.views.covers import covers
from quality.pages.views.deadlines import deadlines
from quality.pages.views.desk import desk
from quality.pages.views.drafting import drafts
from quality.pages.views.drawing import drawing
from quality.pages.views.endpoints import hooks, messages
from quality.pages.views.evidence import files
from quality.pages.views.exclusions import exclusions
from quality.pages.views.expenses import expenses
from quality.pages.views.fielding import fielding
from quality.pages.views.frames import frames
from quality.pages.views.framing import framing
from quality.pages.views.grading import grading
from quality.pages.views.identity import identity
from quality.pages.views.keys import org_keys
from quality.pages.views.labels import labels
from quality.pages.views.laboratory import laboratory
from quality.pages.views.library import library
from quality.pages.views.meeting import meetings
from quality.pages.views.money import money
from quality.pages.views.on_phone import on_phone
from quality.pages.views.papers import papers
from quality.pages.views.people import people
from quality.pages.views.pieces import field_pieces
from quality.pages.views.planned import planned
from quality.pages.views.planning import plans
from quality.pages.views.platforms import platforms, standing
from quality.pages.views.practice import practices
from quality.pages.views.previews import previews
from quality.pages.views.publishing import publishing
from quality.pages.views.radar import radar
from quality.pages.views.readings import readings
from quality.pages.views.record import record
from quality.pages.views.scores import scores
from quality.pages.views.seals import seals
from quality.pages.views.sent import sent
from quality.pages.views.standards import standards
from quality.pages.views.storage import storage
from quality.pages.views.subscribers import subscribers
from quality.pages.views.talk import talk
from quality.pages.views.telling import telling
from quality.pages.views.templates import templates
from quality.pages.views.told import told
from quality.pages.views.unboxing import unboxing
from quality.pages.views.unreached import unreached
from quality.pages.views.verification import looks
from quality.pages.views.weights import weights
from quality.pages.views.what_if import what_ifs
from quality.pages.views.workbooks import workbooks

if TYPE_CHECKING:
    from flask import Flask

OF_THE_DESK = (
    org_keys, people, apart, plans, drafts, answers, answering, answer_books, files, assigning, frames, framing,
    drawing, exclusions, fielding, money, planned, identity, laboratory, record, talk, conformance,
    workbooks, looks, practices, papers, labels, sent, hooks, messages, library, standards, storage, grading,
    certificates, competence, calendar, deadlines, alike, radar, templates, batches, platforms, standing, what_ifs,
    complaints, weights, scores, blackening, buyers, covers, readings, publishing, previews, announcing,
    checklists, seals, unboxing, told, telling, unreached,
    subscribers, expenses, field_pieces, meetings, capsules, on_phone, desk,
)  # fmt: skip


def init_app(app: Flask) -> None:
    for blueprint in OF_THE_DESK:
        app.register_blueprint(blueprint)
