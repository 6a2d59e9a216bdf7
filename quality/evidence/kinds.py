"""Which kinds of file may prove what: a seal is shown by a picture, and never by a text that says there was one."""

from __future__ import annotations

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind as K

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
FILMS = frozenset({"video/mp4", "video/quicktime"})
PAPERS = frozenset({"application/pdf"})
PAGES = frozenset({"text/html", "multipart/related"})  # as a browser saved them
TEXTS = frozenset({"text/plain", "application/json"}) | PAGES
EVERYTHING = PICTURES | FILMS | PAPERS | TEXTS

SEEN = PICTURES | FILMS  # what somebody held a camera at
SCREENS = PICTURES | FILMS | PAPERS  # what stood on a screen: photographed, filmed, or printed into a file

# fmt: off
MAY_BE: dict[K, frozenset[str]] = {
    K.SELLER:         SCREENS | PAGES,
    K.PRODUCT_PAGE:   SCREENS | PAGES,
    K.ORDER:          SCREENS,
    K.PAYMENT:        SCREENS,
    K.PARCEL:         SEEN,
    K.PACKAGING:      SEEN,
    K.MARKS:          SEEN,
    K.OPENING:        SEEN,
    K.SEAL_TEST:      SEEN,
    K.SEAL_BACKUP:    SEEN,
    K.HAND_OVER:      SEEN | PAPERS,  # also a signed sheet, scanned
    K.LAB_RECEIPT:    SEEN | PAPERS,
    K.LAB_REPORT:     PICTURES | PAPERS,
    K.SUSPICION:      EVERYTHING,
    K.CERTIFICATE:    PICTURES | PAPERS,
    K.PLATFORM_PROOF: EVERYTHING,  # also what a platform's own system says
    K.LOOK:           EVERYTHING,  # also the answer of a server
    K.CAPTURE:        PICTURES | TEXTS,
    K.RECEIPT:        PICTURES | PAPERS,
    K.EXPENSE:        PICTURES | PAPERS,
    K.OBJECTION:      EVERYTHING,  # also a message
    K.MESSAGE:        EVERYTHING,
    K.CORRECTION:     EVERYTHING,
    K.REDACTED:       PICTURES,
    K.OTHER:          EVERYTHING,
}
# fmt: on


def require_fitting(kind: K, media_type: str, field: str = "file") -> None:
    """`Invalid` at `field` where a file of this type cannot prove that."""
    if media_type not in MAY_BE[kind]:
        raise Invalid(FieldProblem(field, "wrong_media_type", SAYS[MAY_BE[kind]]))


SAYS: dict[frozenset[str], Text] = {
    SEEN: _("This is shown by a picture (JPEG, PNG, WebP, HEIC) or a video (MP4, MOV); send one"),
    SCREENS | PAGES: _("This is shown by a picture, a video, a PDF or a saved page (HTML, MHTML); send one"),
    SCREENS: _("This is shown by a picture, a video or a PDF; send one"),
    PICTURES: _("This is shown by a picture; send one"),
    PICTURES | TEXTS: _("This is shown by a picture, or by what a program read there as text; send one"),
    PICTURES | PAPERS: _("This is shown by a PDF or a picture; send one"),
}
