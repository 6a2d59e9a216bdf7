"""What is asked before a result is proposed: what changed, a remark, and which fields stay empty."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from quality.core.words import _
from quality.lab.models import Finding
from quality.notices.queries import one_visible
from quality.pages.forms.fields import Choices, Form, Paragraph
from quality.pages.forms.findings import is_confirmed
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.judging import TONES, overtaken
from quality.pages.naming import as_remark
from quality.pages.published import changes_between, in_a_sentence
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.copies import NAMES, TYPED
from quality.publication.models import ResultStatus
from quality.publication.operations import copied, editions_about, personal_fields, propose

MENDED_HERE = {"changed", "remark"}  # texts of this very form
WITHHOLDABLE = {  # what may lead to a person; anything else is offered only where personal data was found in it
    path: name for path, name in NAMES.items() if path.startswith(("seller.", "product.", "producer.", "listing"))
}


class Proposing(Form):
    reason = Paragraph(
        _("What changed and why"),
        _("It was published before; the public reads this"),
    )
    remark = Paragraph(_("Remark"), _("The public reads this"), optional=True)
    withhold = Choices(
        _("Leave these fields empty"),
        WITHHOLDABLE,
        _("Where personal data was found the field is ticked already. The copy says that something was left out."),
    )


def proposing(session: Session, finding: Finding, me: Actor) -> Proposing:
    """With `late`, a notice's number, in the address: begun with what is known of its platform, which is late."""
    found = [path for path in personal_fields(session, finding) if path not in MENDED_HERE]
    late = request.args.get("late", "")
    known = as_remark(session, one_visible(session, me, late), finding) if late and me.can(Can.NOTICE_READ) else ""
    remark = "\n".join(filter(None, (finding.sample.remark, known)))
    form = Proposing(data={"reason": known, "remark": remark, "withhold": found})
    form.withhold.offered = WITHHOLDABLE | {path: NAMES[path] for path in found}
    if not any(each.published_at for each in editions_about(session, finding)):  # nothing can have changed yet
        del form.reason
    return form


def propose_result(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> None:
    unchanged(session, finding, version)
    propose(
        session,
        finding,
        by=me,
        reason=form.reason.data if "reason" in form else "",
        remark=form.remark.data,
        withhold=form.withhold.data or [],
    )


def looked_at(session: Session, finding: Finding, form: Any) -> dict[str, Any]:
    """The copy as it would be made now of what stands in the form, and what it changes for the public."""
    reason = form.reason.written() if "reason" in form else ""
    editions = editions_about(session, finding)
    copy = copied(
        session, finding, editions[-1].number if editions else "", 0,
        changed=reason, remark=form.remark.written(), withhold=set(form.withhold.data or []) & set(TYPED),
    )  # fmt: skip
    before = next((each for each in reversed(editions) if each.status == ResultStatus.PUBLISHED), None)
    return {
        "copy": copy,
        "tone": TONES[copy["verdict"]],
        "verdict": word("finding_verdict", copy["verdict"]),
        "answer": in_a_sentence(copy),
        "rows": overtaken(copy["items"], copy["first_results"]),
        "before": before,
        "changes": changes_between(before.copy, copy) if before else [],
    }


PROPOSE_RESULT = Sheet(
    proposing,
    propose_result,
    _("A copy is made now of what the public will read. Another person reads it and publishes it."),
    label=_("Propose the publication"),
    by=Can.RESULT_PROPOSE,
    is_due=is_confirmed,
    template="desk/propose.html",
    shown=looked_at,
)
