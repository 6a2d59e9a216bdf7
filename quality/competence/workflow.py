"""The life of a certificate: proposed by one person, confirmed by another, and never edited after that."""

from __future__ import annotations

from quality.competence.models import Certificate, CertificateStatus
from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.people.actor import Actor
from quality.permissions import Can

PROPOSED, CONFIRMED, SUSPENDED, SUPERSEDED, WITHDRAWN, REJECTED = CertificateStatus
CertificateMove = Transition[Certificate]


def was_proposed_by_someone_else(certificate: Certificate, actor: Actor) -> Reason | None:
    if certificate.proposed_by_id == actor.id:
        return Reason("same_person", _("Someone other than the proposer must confirm"))
    return None


def has_a_scope(certificate: Certificate, actor: Actor) -> Reason | None:
    return None if certificate.lines else Reason("no_scope", _("Enter what it covers first: it has no scope"))


def supersedes_one_that_stands(certificate: Certificate, actor: Actor) -> Reason | None:
    old = certificate.supersedes
    if old is None or old.status in {CONFIRMED, SUSPENDED}:
        return None
    return Reason("not_in_force", _("The certificate that it supersedes does not stand any more; reject this one"))


# fmt: off
#                           move         from                    to           who may                  provided that it
CONFIRM   = CertificateMove("confirm",   {PROPOSED},             CONFIRMED,   Can.CERTIFICATE_CONFIRM, [was_proposed_by_someone_else, has_a_scope, supersedes_one_that_stands], _("Confirm the certificate"), signs="confirmed_by_id")
REJECT    = CertificateMove("reject",    {PROPOSED},             REJECTED,    Can.CERTIFICATE_CONFIRM, [], _("Reject the certificate"))
SUSPEND   = CertificateMove("suspend",   {CONFIRMED},            SUSPENDED,   Can.CERTIFICATE_STOP,    [], _("Record a suspension"))
RESUME    = CertificateMove("resume",    {SUSPENDED},            CONFIRMED,   Can.CERTIFICATE_STOP,    [], _("Record the end of the suspension"))
WITHDRAW  = CertificateMove("withdraw",  {CONFIRMED, SUSPENDED}, WITHDRAWN,   Can.CERTIFICATE_STOP,    [], _("Record its withdrawal"))
SUPERSEDE = CertificateMove("supersede", {CONFIRMED, SUSPENDED}, SUPERSEDED,  Can.CERTIFICATE_CONFIRM, [], _("Supersede"))
# fmt: on

CERTIFICATE_LIFE = Workflow(PROPOSED, [CONFIRM, REJECT, SUSPEND, RESUME, WITHDRAW, SUPERSEDE])
