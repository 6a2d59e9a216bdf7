"""What is published already is counted by what was stated of its listings; on the way down by its copy again."""

from __future__ import annotations

from quality.core import migrations
from quality.core.db import db
from quality.notices.models import NoticeStatus
from quality.publication.jobs import say_what_became
from quality.publication.tally import counts
from tests.harness.notices import notice_at, run
from tests.harness.publication import published


def test_counts_follow_what_was_stated(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    result = published(session, cast, finding)
    code, copied = result.copy["platform"]["code"], result.copy["takedown"]["state"]
    notice_at(session, cast, NoticeStatus.ANSWERED, finding)
    session.commit()
    run(session, say_what_became)
    session.commit()
    stated = {of: counts(session, *of) for of in (("", ""), ("platform", code))}
    assert stated["platform", code]["takedown"] == {"claimed": 1} != {copied: 1}
    db.session.remove()

    migrations.downgrade("0096_editors_desk")
    assert {of: counts(db.session(), *of)["takedown"] for of in stated} == {of: {copied: 1} for of in stated}
    db.session.remove()

    migrations.upgrade()
    assert {of: counts(db.session(), *of) for of in stated} == stated
