"""What editions of a notice, and templates of notices, are called."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
EDITION_CODES: dict[str, dict[str, Text]] = {
    "edition_kind": {
        "original":           _("Original"),
        "amendment":          _("Amendment"),
        "partial_withdrawal": _("Partial withdrawal"),
        "withdrawal":         _("Withdrawal"),
    },
    "announcement_text": {"text": _("Text")},  # of an announcement, or of its template: by language
    "template_text": {  # of a template of notices, field by field
        "kind":             _("Kind"),
        "measure":          _("To be done"),
        "legal_basis":      _("Legal basis"),
        "reasons":          _("Reasons"),
        "reasons_untested": _("Reasons where no listing was tested"),
        "answer_to":        _("Answer to"),
        "how_to_object":    _("How to object"),
    },
    "batch_deed": {
        "draft":   _("Draft the notices"),
        "submit":  _("Submit for review"),
        "approve": _("Approve the notice"),
        "issue":   _("Issue the notice"),
    },
}
