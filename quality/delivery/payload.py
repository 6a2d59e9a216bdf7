"""A notice as the programs of its platform read it: by the API, and as `data` of a webhook.

Format 1, as an endpoint pins it. A field may be added; one that changes its meaning makes a new format, and the old
one goes on being made for the endpoints that were promised it. Nothing here leads to a buyer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from quality.core.clock import BEIJING
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.notices.contents import as_known
from quality.notices.editions import changed_in, editions_of
from quality.notices.models import Claim, Look, Notice, NoticeEdition, NoticeItem
from quality.notices.queries import first_removal_due, removal_due
from quality.notices.second import looks_told

FORMAT = 1


def in_short(session: Session, notice: Notice, public_url: str) -> dict[str, Any]:
    """What every message about a notice says. `due_at` is the first by which something is to be removed.

    It is null until the receipt is proven.
    """
    due = first_removal_due(session, [notice])
    return {
        "number": notice.number,
        "version": notice.version,
        "status": notice.status.value,
        "due_at": day_ends(due.get(notice.id)),
        "issued_at": said(notice.issued_at),
        "address": f"{public_url}/api/v1/platform/notices/{notice.number}",
        "edition": notice.edition,
    }


def notice_for_platform(session: Session, notice: Notice, public_url: str) -> dict[str, Any]:
    """The whole notice, listing by listing; the caller has seen to it that it was issued to this reader."""
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE)
    known = as_known(session, notice.items)
    due = removal_due(session, notice)
    return in_short(session, notice, public_url) | {
        "kind": notice.kind.value,
        "served_at": said(notice.served_at),
        "agency": {"code": notice.agency.code, "name": notice.agency.name, "region": notice.agency.region},
        "platform": {"code": notice.platform.code, "name": notice.platform.name},
        "platform_reference": notice.platform_reference,
        "legal_basis": notice.legal_basis,
        "reasons": notice.reasons,
        "measures": list(notice.measures),
        "answer_to": notice.answer_to,
        "how_to_object": notice.how_to_object,
        "document_sha256": document.sha256 if document else None,
        "sealed_sha256": notice.sealed_sha256,
        "verification": {
            "code": notice.verification_code,
            "address": f"{public_url}/verify/{notice.verification_code}",
        },
        "editions": [edition_told(each) for each in editions_of(session, notice, issued_only=True)],
        "items": [item_for_platform(item, known[item.id], due[item.id]) for item in notice.items],
    }


def edition_told(edition: NoticeEdition) -> dict[str, Any]:
    """What it changed and why; of the original nothing."""
    return {
        "edition": edition.edition,
        "kind": edition.kind.value,
        "reason": edition.reason,
        "changed": list(changed_in(edition)),
        "issued_at": said(edition.issued_at),
        "sealed_sha256": edition.sealed_sha256,
        "verification_code": edition.code,
    }


def item_for_platform(item: NoticeItem, known: dict[str, Any], due: datetime | None) -> dict[str, Any]:
    """One listing: what is wrong with it as far as is known today, what they last said, what we last saw."""
    looks = looks_told(item, None)
    return {
        **known["listing"],
        "kind": item.kind.value,
        "alike": known["alike"],
        "status": item.status.value,
        "version": item.version,
        "edition": item.edition,
        "due_at": day_ends(due),
        "product": known["product"],
        "producer_denies": known["producer_denies"],
        "results": known["results"],
        "first_results": known["first_results"],
        "laboratory": known["laboratory"],
        "report_no": known["report_no"],
        "finding": known["finding"],
        "excuse": item.excuse and item.excuse.value,
        "claim": claimed(item.claims[-1]) if item.claims else None,
        "look": seen(looks[-1]) if looks else None,
    }


def claimed(claim: Claim) -> dict[str, Any]:
    return {
        "outcome": claim.outcome.value,
        "acted_at": said(claim.acted_at),
        "reason": claim.reason,
        "units_sold": claim.units_sold,
        "swept": list(claim.swept),
        "evidence": list(claim.evidence),
        "received_at": said(claim.received_at),
    }


def seen(look: Look) -> dict[str, Any]:
    return {"gone": look.gone, "seen_at": said(look.seen_at), "reason": look.reason}


def day_ends(moment: datetime | None) -> str | None:
    """When a day of legal time ends: midnight there."""
    return moment.astimezone(BEIJING).isoformat() if moment else None


def said(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, as everywhere in the API."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
