"""Every life in the program. The documentation is drawn from this list, and tests walk it."""

from __future__ import annotations

from typing import Any

from quality.campaigns.workflow import CAP_LIFE
from quality.campaigns.workflow import LIFE as CAMPAIGN
from quality.competence.workflow import CERTIFICATE_LIFE
from quality.controls.workflow import LIFE as CONTROL
from quality.core.workflow import Workflow
from quality.core.workflow import as_markdown as life_as_markdown
from quality.corrections.workflow import LIFE as CORRECTION
from quality.corrections.workflow import STEP_LIFE, TRANSFER_LIFE
from quality.expenses.workflow import EXPENSE_LIFE
from quality.lab.workflow import FINDING_LIFE, OUTSIDE_LIFE, REPORT_LIFE
from quality.notices.workflow import ITEM_LIFE
from quality.notices.workflow import LIFE as NOTICE
from quality.objections.workflow import LIFE as OBJECTION
from quality.objections.workflow import TELLING_LIFE
from quality.permissions import ROLES, Can
from quality.publication.replies import REPLY_LIFE
from quality.publication.workflow import LIFE as RESULT
from quality.purchases.waivers import WAIVER_LIFE
from quality.purchases.workflow import PORTION_LIFE, SAMPLE_LIFE, TASK_LIFE

WORKFLOWS: dict[str, Workflow[Any]] = {
    "campaign": CAMPAIGN,
    "cap_raise": CAP_LIFE,
    "task": TASK_LIFE,
    "waiver": WAIVER_LIFE,
    "sample": SAMPLE_LIFE,
    "portion": PORTION_LIFE,
    "expense": EXPENSE_LIFE,
    "certificate": CERTIFICATE_LIFE,
    "report": REPORT_LIFE,
    "outside_item": OUTSIDE_LIFE,
    "finding": FINDING_LIFE,
    "telling": TELLING_LIFE,
    "control": CONTROL,
    "objection": OBJECTION,
    "notice": NOTICE,
    "notice_item": ITEM_LIFE,
    "result": RESULT,
    "reply": REPLY_LIFE,
    "correction": CORRECTION,
    "correction_step": STEP_LIFE,
    "transfer": TRANSFER_LIFE,
}


def permissions_as_markdown() -> str:
    """The permission table: a row a deed, a column a role."""
    roles = list(ROLES)
    head = ["| deed | " + " | ".join(roles) + " |", "|---" * (len(roles) + 1) + "|"]
    sees = ["| *sees* | " + " | ".join(ROLES[role].sees for role in roles) + " |"]
    rows = [
        f"| {deed} | " + " | ".join("●" if deed in ROLES[role].may else "" for role in roles) + " |"
        for deed in sorted(Can)
    ]
    return "\n".join(["## Who may do what", "", *head, *sees, *rows, ""])


def as_markdown() -> str:
    """docs/workflows.md, whole. `make docs` writes it; a test fails when it is stale."""
    lives = [life_as_markdown(title, life, ROLES) for title, life in WORKFLOWS.items()]
    intro = "# Every life in the program\n\nDrawn from the tables in the code by `make docs`. Do not edit.\n"
    return "\n".join([intro, *lives, permissions_as_markdown()])
