"""What people do in the laboratory room: take in, report, authorise; and for the agency, conclude."""

from __future__ import annotations

from quality.lab.entries import ResultEntry
from quality.lab.operations.drafts import keep_draft, refuse_if_drafted_since
from quality.lab.operations.files import accept_file, add_report_file
from quality.lab.operations.findings import (
    conclude_again,
    confirm_finding,
    end_as_impossible,
    propose_finding,
    reject_finding,
    send_back,
)
from quality.lab.operations.labelling import propose_label_finding
from quality.lab.operations.outside import agree_outside, decline_outside, mark_outside
from quality.lab.operations.receipt import is_its_seal, order_tests, receive, refuse
from quality.lab.operations.reports import authorise, enter_report, withdraw_report
from quality.lab.operations.suspicion import go_on, hand_on_backup, hand_on_untested, stop_testing

__all__ = [
    "ResultEntry",
    "accept_file",
    "add_report_file",
    "agree_outside",
    "authorise",
    "conclude_again",
    "confirm_finding",
    "decline_outside",
    "end_as_impossible",
    "enter_report",
    "go_on",
    "hand_on_backup",
    "hand_on_untested",
    "is_its_seal",
    "keep_draft",
    "mark_outside",
    "order_tests",
    "propose_finding",
    "propose_label_finding",
    "receive",
    "refuse",
    "refuse_if_drafted_since",
    "reject_finding",
    "send_back",
    "stop_testing",
    "withdraw_report",
]
