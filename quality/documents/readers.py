"""For whom each kind of document is. What this table does not say is for nobody: lists and downloads ask it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from quality.documents.models import DocumentKind
from quality.permissions import Sees

K = DocumentKind


class Reader(StrEnum):
    """Through which door somebody reads."""

    AGENCY = "agency"
    BUYER = "buyer"  # of the agency, and kept to the own tasks
    LABORATORY = "laboratory"
    PLATFORM = "platform"
    PARTY = "party"  # by a letter's link, without an account
    PUBLIC = "public"


A, B, L, P, Y, E = Reader
OUTSIDE = frozenset({L, P, Y, E})

# fmt: off
FOR_WHOM: Mapping[DocumentKind, frozenset[Reader]] = {
    K.SAMPLING_SHEET:          frozenset({A, B}),
    K.SAMPLING_NOTICE:         frozenset({A, P, Y}),  # once they were told
    K.UNREACHED:               frozenset({A}),
    K.LABEL:                   frozenset({A, B, L}),
    K.LABEL_SHEET:             frozenset({A, B}),  # both blind numbers of a sample: no laboratory's
    K.CUSTODY_SHEET:           frozenset({A, B, L}),
    K.TEST_ORDER:              frozenset({A, B, L}),
    K.RESULT_NOTICE:           frozenset({A, Y}),
    K.OBJECTION_ANSWER:        frozenset({A, Y}),
    K.REINSPECTION_NOTICE:     frozenset({A, Y}),
    K.OBJECTION_DECISION:      frozenset({A, Y}),
    K.FINAL_CONCLUSION:        frozenset({A, Y}),
    K.DISPOSAL_NOTICE:         frozenset({A, P}),
    K.COVER_LETTER:            frozenset({A, P}),
    K.NOTICE_WITHDRAWAL:       frozenset({A, P}),
    K.IMPLEMENTING_RULES:      frozenset({A}),
    K.SAMPLING_PLAN:           frozenset({A}),  # strata and numbers are no business of others before closing
    K.ANNOUNCEMENT:            frozenset({A, E}),
    K.CONFORMANCE:             frozenset({P}),  # a platform tried its own system
    K.CORRECTION_ORDER:        frozenset({A, Y}),
    K.CORRECTION_ANNOUNCEMENT: frozenset({A, Y}),
    K.SUSPENSION_PROPOSAL:     frozenset({A, Y}),
    K.DOSSIER:                 frozenset({A}),
    K.TRANSFER_COVER:          frozenset({A}),
}
READERS: Mapping[Sees, Reader] = {
    Sees.EVERYTHING: A, Sees.AGENCY: A, Sees.OWN_WORK: B, Sees.LABORATORY: L, Sees.PLATFORM: P,
}
# fmt: on


def is_for(kind: DocumentKind, reader: Reader | None) -> bool:
    """Whether `reader` may have such a document at all; which of them, the case says that it is about."""
    return reader in FOR_WHOM.get(kind, frozenset())


def reader_of(sees: Sees) -> Reader | None:
    """By which door somebody who signed in reads; None who sees no case."""
    return READERS.get(sees)
