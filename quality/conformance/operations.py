"""Starting a run, taking down what the platform's program calls in it, and certifying what passed. Decision 0049."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.conformance.checks import WAIT, Check, checks, passed
from quality.conformance.models import ConformanceCall, ConformanceRun, Trial
from quality.conformance.queries import answered_in, newest_of, run_open_of, shown_of
from quality.conformance.samples import planned, sample
from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import begin, hold_still, record
from quality.delivery import signing
from quality.delivery.endpoints import refuse_what_is_unfit
from quality.delivery.guard import Resolve, resolve
from quality.delivery.models import FORGED, Delivery, Endpoint, Medium, Message, MessageType
from quality.delivery.payload import FORMAT, said
from quality.delivery.telling import message_of, on_its_way
from quality.documents.models import Document, DocumentKind
from quality.documents.operations import BOTH, ask
from quality.notices.answers import OutcomeEntry, problems_of
from quality.notices.models import ItemStatus
from quality.notices.operations import Answered
from quality.notices.permit import permit
from quality.people import keys
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Key, Membership, Organisation, OrganisationKind
from quality.people.operations import add_organisation, find_organisation
from quality.permissions import Can, Role, Sees

SANDBOX = "SBX"  # behind the platform's code
LONGEST_CODE = 16
KEY_DAYS = 30
TOO_MANY, TAKEN = 429, 200


class Started(NamedTuple):
    """A run, with what is shown this once."""

    run: ConformanceRun
    secret: str  # of the endpoint
    key: str  # of the sandbox's program


def start_run(
    session: Session,
    settings: Settings,
    url: str,
    *,
    by: Actor,
    after: str | None = None,
    resolve: Resolve = resolve,
) -> Started:
    """A sandbox for the actor's platform, and its sample notices on their way to `url`. A run under way ends.

    `after`: the number of the newest run that the caller saw, empty for none; who sends a form twice starts one.
    """
    platform = permitted(by)
    refuse_what_is_unfit(url.strip(), settings, resolve)
    hold_platform(session, platform)
    if after is not None and after != newest_of(session, platform.id):
        raise Refused("started_already", _("A run was started meanwhile; look at it before you start another"))
    if open_one := run_open_of(session, platform.id):
        end(session, open_one, by=by)
    sandbox, now = sandbox_of(session, platform), clock.now()
    take_old_keys_back(session, sandbox)
    endpoint, secret = endpoint_at(session, settings, sandbox, url.strip(), by=by)
    forger, _unknown = endpoint_at(session, settings, sandbox, url.strip(), by=by)
    number = next_number(session, platform.code, "CF")
    run = ConformanceRun(
        number=number, platform_id=platform.id, sandbox_id=sandbox.id, endpoint_id=endpoint.id, forger_id=forger.id,
        samples={trial.value: told for trial, told in planned(number, platform.code).items()},
        started_at=now, started_by_id=by.id,
    )  # fmt: skip
    for trial in Trial:
        body = told_of(session, settings, run, trial)
        at = forger if trial is Trial.FORGED else endpoint
        cause = f"{FORGED if trial is Trial.FORGED else 'run:'}{number}"
        run.samples[trial.value] |= {"message": on_the_way(session, sandbox, at, body, cause=cause)}
    begin(session, run, by=by, details={"sandbox": sandbox.id, "endpoint": endpoint.id})
    member = keys.program_of(session, sandbox, Role.PLATFORM, by=SYSTEM)
    _key, opens = keys.make(session, member, name=number, days=KEY_DAYS, by=SYSTEM)
    return Started(run, secret, opens)


def permitted(by: Actor) -> Organisation:
    permit(by, Can.ENDPOINT_SET)
    if by.organisation is None or by.organisation.kind is not OrganisationKind.PLATFORM or by.id is None:
        raise NotPermitted("not_yours", _("Only people of a platform try its system"))
    return by.organisation


def hold_platform(session: Session, platform: Organisation) -> None:
    """Of two who start at the same instant, the second waits, and ends the run of the first."""
    row = sa.update(Organisation).where(Organisation.id == platform.id).values(version=Organisation.version)
    session.execute(row, execution_options={"synchronize_session": False})


def sandbox_of(session: Session, platform: Organisation) -> Organisation:
    """The platform's twin for trying. It is of a kind of its own, so that whoever asks for platforms never meets it."""
    code = platform.code[: LONGEST_CODE - len(SANDBOX)] + SANDBOX
    there = find_organisation(session, code)
    if there is not None and there.kind is OrganisationKind.SANDBOX:
        return there
    name = f"{platform.name}（沙箱）"
    return add_organisation(session, kind=OrganisationKind.SANDBOX, code=code, name=name, by=SYSTEM)


def take_old_keys_back(session: Session, sandbox: Organisation) -> None:
    theirs = sa.select(Membership.id).where(Membership.organisation_id == sandbox.id)
    live = sa.select(Key).where(Key.membership_id.in_(theirs), Key.revoked_at.is_(None))
    for key in session.scalars(live).all():
        keys.revoke(session, key, by=SYSTEM)


def endpoint_at(
    session: Session, settings: Settings, sandbox: Organisation, url: str, *, by: Actor
) -> tuple[Endpoint, str]:
    """As a platform's own, of the sandbox: sent to by the same code, through the same guard, on the same schedule."""
    handle, secret = secrets.token_hex(8), signing.new_secret()
    endpoint = Endpoint(
        handle=handle,
        platform_id=sandbox.id,
        url=url,
        format=FORMAT,
        secret=signing.sealed(signing.cipher_of(settings), handle, secret),
        created_at=clock.now(),
        created_by_id=by.id,
    )
    begin(session, endpoint, by=by)
    return endpoint, secret


def told_of(session: Session, settings: Settings, run: ConformanceRun, trial: Trial) -> bytes:
    data = told_as(session, settings, run, trial)
    told = {"type": MessageType.ISSUED.value, "timestamp": said(run.started_at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def told_as(session: Session, settings: Settings, run: ConformanceRun, trial: Trial) -> dict[str, Any]:
    """The sample as it stands, in form as a real notice is told."""
    platform = session.get_one(Organisation, run.platform_id)
    return sample(
        trial, run.samples[trial.value], answered=answered_in(run, trial), agency=agency_told(agency_of(session)),
        platform=platform_told(platform), started_at=run.started_at, public_url=settings.public_url,
    )  # fmt: skip


def agency_of(session: Session) -> Organisation:
    """Who runs this installation: the agency above the others. It answers for the report."""
    first = sa.select(Organisation).where(Organisation.kind == OrganisationKind.AGENCY)
    first = first.where(Organisation.superior_id.is_(None)).order_by(Organisation.id).limit(1)
    agency = session.scalars(first).one_or_none()
    if agency is None:
        raise Refused("no_agency", _("There is no agency here yet that could certify anything"))
    return agency


def agency_told(agency: Organisation) -> dict[str, Any]:
    return {"code": agency.code, "name": agency.name, "region": agency.region}


def platform_told(platform: Organisation) -> dict[str, Any]:
    return {"code": platform.code, "name": platform.name}


def on_the_way(session: Session, sandbox: Organisation, endpoint: Endpoint, body: bytes, *, cause: str) -> int:
    """Kept as a test, which is never a receipt of anything; what it says is a notice. Returns the message's id."""
    message = message_of(MessageType.TEST, sandbox.id, clock.now(), body, Medium.WEBHOOK)
    message.cause = cause[: Message.cause.type.length]
    session.add(message)
    session.flush()
    session.add(on_its_way(message, endpoint_id=endpoint.id))
    return message.id


# --- what the program calls ---


def answer_sample(
    session: Session, run: ConformanceRun, trial: Trial, outcomes: Sequence[OutcomeEntry], *, by: Actor
) -> list[Answered]:
    """Each answer by the rules of real notices; the sandbox keeps which listings were answered."""
    require_own(run, by)
    listings, now = run.samples[trial.value]["listings"], clock.now()
    answered = [judged(entry, listings, run.started_at, now) for entry in outcomes]
    took = [each.listing_id for each in answered if each.ok]
    if took:
        call(session, run, trial, "outcomes", took)
    if took and trial is Trial.SIGNED:
        send_again(session, run)
    return answered


def judged(entry: OutcomeEntry, listings: Sequence[str], issued_at: datetime, now: datetime) -> Answered:
    if entry.listing_id not in listings:
        text = _("There is no listing %(listing)s on this notice", listing=entry.listing_id)
        return Answered(entry.listing_id, ok=False, code="unknown_listing", reason=text)
    problems = problems_of(entry, issued_at=issued_at, now=now)
    if problems:
        first = problems[0]
        return Answered(entry.listing_id, ok=False, code=first.code, reason=first.text, problems=tuple(problems))
    return Answered(entry.listing_id, ok=True, status=ItemStatus.CLAIMED, version=2)


def must_wait(run: ConformanceRun, trial: Trial) -> bool:
    """Whether a call of this moment is answered 429: the first one, and whoever comes back too early."""
    if trial is not Trial.BUSY:
        return False
    last = next((each for each in reversed(run.calls) if each.trial is trial and each.deed == "outcomes"), None)
    return last is None or (last.status == TOO_MANY and clock.now() - last.at < WAIT)


def call(
    session: Session, run: ConformanceRun, trial: Trial, deed: str, listings: Sequence[str] = (), *, status: int = TAKEN
) -> None:
    """Keep that the program did this, and how it was answered."""
    kept = ConformanceCall(run_id=run.id, at=clock.now(), trial=trial, deed=deed, status=status)
    kept.listings = list(listings)
    session.add(kept)
    session.flush()
    session.expire(run, ["calls"])


def keep_waiting(session: Session, run_id: int, trial: Trial) -> None:
    """Keep that it was asked to wait: in a transaction of its own, for one that refuses keeps nothing."""
    session.rollback()
    with Session(session.get_bind()) as own, own.begin():
        kept = ConformanceCall(run_id=run_id, at=clock.now(), trial=trial, deed="outcomes", status=TOO_MANY)
        kept.listings = []
        own.add(kept)


def send_again(session: Session, run: ConformanceRun) -> None:
    """The same message under the same id, once it was answered for the first time."""
    of = sa.update(Delivery).where(Delivery.message_id == int(run.samples[Trial.SIGNED.value]["message"]))
    session.execute(
        of.where(Delivery.delivered_at.is_not(None), Delivery.next_try_at.is_(None)).values(next_try_at=clock.now()),
        execution_options={"synchronize_session": False},
    )


def send_now(session: Session, run: ConformanceRun, *, by: Actor) -> int:
    """Send at once what waits for its next try, with all tries anew; returns how many samples that are.

    Who starts a run enters its secret only then in the own system: what came before was refused, and the schedule of
    real notices soon waits half an hour.
    """
    require_open(run, permitted(by))
    record(session, run, "send_now", by=by)
    waiting = sa.update(Delivery).where(
        Delivery.endpoint_id.in_((run.endpoint_id, run.forger_id)), Delivery.next_try_at.is_not(None)
    )
    again = waiting.values(next_try_at=clock.now(), tries=0).returning(Delivery.id)
    return len(session.scalars(again, execution_options={"synchronize_session": False}).all())


def require_own(run: ConformanceRun, by: Actor) -> None:
    if by.sees is not Sees.PLATFORM or by.organisation_id != run.sandbox_id:
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    refuse_an_ended_one(run)


def require_open(run: ConformanceRun, platform: Organisation) -> None:
    if run.platform_id != platform.id:
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    refuse_an_ended_one(run)


def refuse_an_ended_one(run: ConformanceRun) -> None:
    if run.ended_at is not None:
        raise Refused("run_ended", _("This run has ended; start another on the page of your delivery settings"))


# --- how it ends ---


def found_in(session: Session, run: ConformanceRun) -> list[Check]:
    return checks(shown_of(session, run), clock.now())


def certify(session: Session, run: ConformanceRun, *, by: Actor, version: int | None = None) -> Document:
    """Seal the report of a run whose checks have all passed. It bears a code that anybody can verify."""
    platform = permitted(by)
    require_open(run, platform)
    hold_still(session, run)
    found = found_in(session, run)
    if not passed(found):
        raise Refused("not_passed", _("Not every check has passed yet; the page says what each waits for"))
    agency, now = agency_of(session), clock.now()
    end(session, run, by=by, version=version, passed_at=now)
    says = {
        "platform": platform_told(platform),
        "run": run.number,
        "started_at": run.started_at.isoformat(),
        "passed_at": now.isoformat(),
        "checks": [check.code for check in found],
        "format": FORMAT,
    }
    return ask(
        session, run, DocumentKind.CONFORMANCE, says,
        number=run.number, agency_id=agency.id, by=by, languages=BOTH, at=now,
    )  # fmt: skip


def end(
    session: Session,
    run: ConformanceRun,
    *,
    by: Actor,
    version: int | None = None,
    passed_at: datetime | None = None,
) -> None:
    """Nothing is sent in it any more, and its key opens nothing."""
    now = clock.now()
    action = "pass" if passed_at else "end"
    record(session, run, action, by=by, version=version, facts={"ended_at": now, "passed_at": passed_at})
    for endpoint in (run.endpoint, run.forger):
        record(session, endpoint, "remove", by=by, facts={"removed_at": now})
        waiting = sa.update(Delivery).where(Delivery.endpoint_id == endpoint.id, Delivery.next_try_at.is_not(None))
        session.execute(waiting.values(next_try_at=None), execution_options={"synchronize_session": False})
    take_old_keys_back(session, session.get_one(Organisation, run.sandbox_id))


def refuse_an_empty_address(url: str) -> None:
    if not url.strip():
        raise Invalid(FieldProblem("url", "missing", _("Enter the address of your test system")))
