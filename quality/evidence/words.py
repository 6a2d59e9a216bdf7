"""What the kinds of evidence are called."""

from __future__ import annotations

from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind

WORDS: dict[EvidenceKind, Text] = {
    EvidenceKind.SELLER: _("seller's information"),
    EvidenceKind.PRODUCT_PAGE: _("product page"),
    EvidenceKind.ORDER: _("order page"),
    EvidenceKind.PAYMENT: _("payment record"),
    EvidenceKind.PARCEL: _("parcel"),
    EvidenceKind.PACKAGING: _("packaging"),
    EvidenceKind.MARKS: _("marks on product and packaging"),
    EvidenceKind.OPENING: _("opening of the parcel"),
    EvidenceKind.SEAL_TEST: _("seal of the test portion"),
    EvidenceKind.SEAL_BACKUP: _("seal of the backup portion"),
    EvidenceKind.HAND_OVER: _("hand-over"),
    EvidenceKind.LAB_RECEIPT: _("receipt by the laboratory"),
    EvidenceKind.LAB_REPORT: _("laboratory's report"),
    EvidenceKind.SUSPICION: _("what the laboratory suspects"),
    EvidenceKind.CERTIFICATE: _("laboratory's certificate"),
    EvidenceKind.PLATFORM_PROOF: _("platform's proof"),
    EvidenceKind.LOOK: _("regulator's own look"),
    EvidenceKind.CAPTURE: _("automatic capture"),
    EvidenceKind.OBJECTION: _("objection as received"),
    EvidenceKind.CORRECTION: _("what a party sent of its correction"),
    EvidenceKind.RECEIPT: _("postal receipt"),
    EvidenceKind.EXPENSE: _("receipt of an expense"),
    EvidenceKind.MESSAGE: _("sent with a message"),
    EvidenceKind.REDACTED: _("blacked-out copy"),
    EvidenceKind.OTHER: _("other evidence"),
}
