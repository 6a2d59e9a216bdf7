"""A sample goes where certificates cover what is asked, or somebody says why it goes elsewhere all the same."""

from __future__ import annotations

from quality.core.events import Event
from quality.purchases.models import SampleStatus
from quality.purchases.operations import dispatch
from tests.harness.certificates import SCOPE, certified
from tests.harness.databases import on_sqlite
from tests.harness.purchases import BY_COURIER, sealed_sample
from tests.harness.refusals import assert_refused


@on_sqlite
def test_out_of_scope_is_refused_by_the_item_unless_there_is_a_reason_which_stays(session, in_field):
    cast = in_field
    certified(session, cast, SCOPE[:1])
    certified(session, cast, laboratory=cast.second_laboratory)
    sample = sealed_sample(session, cast)
    how = {"by": cast.coordinator, "way": BY_COURIER}
    no = assert_refused(session, "out_of_scope", dispatch, sample, cast.laboratory, **how)
    assert str(no.reason).startswith("可迁移元素：铅：不在230020341234的能力范围内")

    dispatch(session, sample, cast.laboratory, despite="只测磁通量指数，铅另送", **how)
    event = session.query(Event).filter_by(subject_type="sample", subject_id=sample.id, action="dispatch").one()
    assert event.note_digest
    other = sealed_sample(session, cast)
    dispatch(session, other, cast.second_laboratory, **how)
    session.commit()
    assert (sample.status, other.status) == (SampleStatus.DISPATCHED, SampleStatus.DISPATCHED)
