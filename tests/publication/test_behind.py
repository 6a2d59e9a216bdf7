"""What an objection brought to light is public within seconds, in an edition that says so."""

from __future__ import annotations

from quality.core.workflow import perform
from quality.objections.models import Decision, Ground, Party
from quality.objections.operations import decide
from quality.people.actor import SYSTEM
from quality.publication.jobs import catch_up_with_objections
from quality.publication.models import ResultStatus
from quality.publication.operations import catch_up, publish
from quality.publication.queries import in_force, one_public
from quality.publication.workflow import DROP
from tests.harness.lab import BAD
from tests.harness.notices import run
from tests.harness.objections import admitted_objection, reinspected_objection
from tests.harness.publication import proposed, published
from tests.harness.refusals import assert_refused


def test_a_denial_and_a_second_test_are_public_without_anybody_proposing_them(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    first = published(session, cast, finding)
    assert run(session, catch_up_with_objections) == 0
    denial = admitted_objection(session, cast, finding, ground=Ground.AUTHENTICITY)
    decide(session, denial, Decision.UPHELD, reason="防伪码为他人使用", by=cast.reviewer)

    assert (run(session, catch_up_with_objections), run(session, catch_up_with_objections)) == (1, 0)

    second = in_force(session, first.number)
    assert (first.status, second.edition, second.copy["producer_denies"]) == (ResultStatus.SUPERSEDED, 2, True)
    assert denial.number in second.copy["changed"] == second.reason
    assert (second.proposed_by_id, second.approved_by_id) == (cast.coordinator.id, cast.reviewer.id)
    disputed = reinspected_objection(session, cast, [BAD[0]._replace(value="391")], finding, party=Party.SELLER)
    decide(session, disputed, Decision.DISMISSED, by=cast.reviewer)
    assert run(session, catch_up_with_objections) == 1
    third = one_public(session, first.number)
    assert (third.edition, [each["value"] for each in third.copy["first_results"]]) == (3, ["386"])
    assert disputed.number in third.reason
    assert denial.number not in third.reason


def test_what_was_proposed_before_is_not_published_any_more(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    offered = proposed(session, cast, finding)
    assert_refused(session, "says_it", perform, offered, DROP, by=SYSTEM)
    assert_refused(session, "says_it", catch_up, offered, by=SYSTEM)
    denial = admitted_objection(session, cast, finding, ground=Ground.AUTHENTICITY)
    decide(session, denial, Decision.UPHELD, reason="防伪码为他人使用", by=cast.reviewer)
    assert_refused(session, "objection_decided_since", publish, offered, by=cast.reviewer)

    assert run(session, catch_up_with_objections) == 1

    assert offered.status == ResultStatus.WITHDRAWN
    assert published(session, cast, finding).copy["producer_denies"]
