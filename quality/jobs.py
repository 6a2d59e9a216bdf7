"""Every job and its clock. APScheduler only ticks: what is due is asked of the database, never of a message.

A job may run twice, or in twenty processes at once, and do no harm: it claims by compare-and-set, acts with no
transaction open, and records the outcome. What a crash leaves undone is due again at the next tick.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from quality.api.idempotency import forget_old_answers
from quality.campaigns.jobs import look_at_big_uploads, throw_away_old_uploads, throw_away_unused_layers
from quality.capsules.jobs import make_capsules
from quality.captures.jobs import capture_due_listings
from quality.captures.page_jobs import capture_pages_of_tasks
from quality.clocks.jobs import climb_the_ladder, record_overdue_clocks, redate_clocks, work_off_lists
from quality.core import clock
from quality.core.config import Settings
from quality.core.db import db
from quality.core.ending import TOLD_TO_END, Shift
from quality.core.roots import sign_root
from quality.corrections.jobs import end_what_was_overturned
from quality.delivery.jobs import fall_back, serve_received_notices, tell_lately, tell_what_was_missed
from quality.delivery.mail import send_due_mail
from quality.delivery.sample_mail import call_about_samples
from quality.delivery.sending import send_due_webhooks
from quality.delivery.workbook.uploads import throw_away_old as drop_old_answers
from quality.documents.jobs import make_at_once, make_documents
from quality.documents.press import Press
from quality.documents.render import refuse_without_libraries
from quality.evidence.jobs import (
    clear_what_never_arrived,
    discard_what_no_row_names,
    let_go_of_listed_files,
    list_files_without_a_case,
    make_missing_copies,
    remove_discarded_bytes,
)
from quality.evidence.parts import parts_at
from quality.evidence.resembling import compare_new_pictures, hash_older_pictures
from quality.evidence.scanning import scan_what_waits
from quality.evidence.vault import Vault, vault_from
from quality.field.jobs import end_old_uploads, take_in_what_was_left
from quality.informing.jobs import prove_what_was_opened
from quality.lab.jobs import keep_backups_of_before
from quality.lab.workbook.jobs import look_at_what_waits as look_at_tables
from quality.lab.workbook.uploads import throw_away_old as throw_away_old_tables
from quality.likeness.jobs import look_for_alike
from quality.notices.jobs import seal_issuing_notices
from quality.notices.reissuing import seal_approved_editions
from quality.notices.walking import walk_batches
from quality.objections.jobs import accept_what_was_not_objected_to as accept_by_silence
from quality.objections.jobs import follow_reinspections
from quality.objections.jobs import waive_what_was_not_seen_to as waive_formalities
from quality.opendata.jobs import make_open_data
from quality.pages.bulletins import writer
from quality.pages.pieces import do_due_pieces
from quality.pages.scorecards import question_of
from quality.pages.words import word
from quality.people.jobs import forget_old_sittings
from quality.publication.epoch import raise_with
from quality.publication.figures import count_what_is_missing
from quality.publication.jobs import (
    catch_up_with_objections,
    close_finished_samples,
    end_time_in_public,
    publish_what_is_due,
    say_what_became,
    spell_new_entries,
)
from quality.publication.jobs import take_back_what_was_overturned as take_back_overturned
from quality.publication.proofs import lay_out_results
from quality.radar.jobs import watch_for_relistings
from quality.search.jobs import index_again, index_new_cases
from quality.standards.workbook.uploads import throw_away_old as drop_old_libraries
from quality.statistics.jobs import ask_about_what_stands_out
from quality.statistics.takedowns import count_takedowns
from quality.subscriptions.jobs import forget_old, forget_unconfirmed
from quality.subscriptions.news import note_news
from quality.subscriptions.sending import tell_subscribers
from quality.targeting.coordination.noting import note_what_was_sampled
from quality.targeting.jobs import lay_over_big_frames
from quality.targeting.risk.complaints.uploads import throw_away_old as drop_old_complaints
from quality.targeting.risk.jobs import forget_old_complaints
from quality.watch import pulse
from quality.watch.pulse import Pulse, forget_jobs_but

log = logging.getLogger("mingcha.jobs")

MINUTE = 60
DAY = 24 * 60 * MINUTE
SEALING = "seal issuing notices"
LOOK_EVERY = 1.0  # seconds between looks at the clock


def sign_daily_root(sessions: sessionmaker[Session], settings: Settings) -> None:
    """Vouch for the record outside the database, once a day of Beijing; then each public result has its proof."""
    key = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key)
    with sessions() as session:
        signed = sign_root(session, settings.roots_folder, key, clock.now())
        if lay_out_results(session, settings.roots_folder) or signed:
            raise_with(session)  # the roots are public, and no row tells of them
            session.commit()


def at_the_press(
    job: Callable[[sessionmaker[Session], Press, datetime], Any],
) -> Callable[[sessionmaker[Session], Settings], Any]:
    return lambda sessions, told: job(sessions, Press.of(told), clock.now())


def vault_of(settings: Settings) -> Vault:
    return vault_from(settings.evidence_url)


def tidy_files(sessions: sessionmaker[Session], settings: Settings) -> None:
    """List what no case refers to, let go of what was listed for long, and of bytes that nobody names."""
    now, vault = clock.now(), vault_of(settings)
    list_files_without_a_case(sessions, now)
    let_go_of_listed_files(sessions, now)
    remove_discarded_bytes(sessions, vault, now)
    clear_what_never_arrived(vault)


def look_after_uploads(sessions: sessionmaker[Session], settings: Settings) -> None:
    """Take in what a dead process left whole, and end what nobody goes on with."""
    store = parts_at(settings.evidence_url)
    take_in_what_was_left(sessions, vault_of(settings), store, clock.now())
    end_old_uploads(sessions, store, clock.now())


def do_pieces(sessions: sessionmaker[Session], settings: Settings) -> int:
    return do_due_pieces(sessions, settings, clock.now())


def scan_files(sessions: sessionmaker[Session], settings: Settings) -> None:
    """What came while the virus scanner was away."""
    scan_what_waits(sessions, vault_of(settings), settings.clamd_url)


def look_through_the_vault(sessions: sessionmaker[Session], settings: Settings) -> None:
    """Find bytes that no row names, once a day: the list of all that is kept may be long."""
    discard_what_no_row_names(sessions, vault_of(settings), clock.now())


def look_at_big_tables(sessions: sessionmaker[Session], settings: Settings) -> None:
    look_at_tables(sessions, settings.frames_folder, clock.now(), partial(word, "row_state"))


def ask_by_itself(sessions: sessionmaker[Session], _settings: Settings) -> int:
    return ask_about_what_stands_out(sessions, clock.now(), question_of)


def look_in_frames(sessions: sessionmaker[Session], settings: Settings) -> None:
    look_for_alike(sessions, settings.frames_folder, clock.now())


def sweep_frames(sessions: sessionmaker[Session], settings: Settings) -> None:
    watch_for_relistings(sessions, settings.frames_folder, clock.now())


def seal_editions(sessions: sessionmaker[Session], press: Press, now: datetime) -> int:
    """Whoever looks for a listing that was added finds its notice."""
    return seal_approved_editions(sessions, press, now, also=index_again)


def count_closed_campaigns(sessions: sessionmaker[Session], settings: Settings) -> int:
    return count_what_is_missing(sessions, settings.frames_folder, clock.now())


def lay_over_frames(sessions: sessionmaker[Session], settings: Settings) -> int:
    return lay_over_big_frames(sessions, settings.frames_folder, clock.now())


def tidy_layers(sessions: sessionmaker[Session], settings: Settings) -> int:
    return throw_away_unused_layers(sessions, settings.frames_folder, clock.now())


def lay_out_open_data(sessions: sessionmaker[Session], settings: Settings) -> int:
    made = (settings.public_url, settings.open_data_days)
    return make_open_data(sessions, vault_of(settings), made, clock.now())


def tell_who_subscribed(sessions: sessionmaker[Session], settings: Settings) -> int:
    return tell_subscribers(sessions, settings, writer(settings.public_url))


@dataclass(frozen=True)
class Job:
    """One line of the timetable: what it is called, every how many seconds, what it does.

    `at_once`: how many runs may go on beside each other, where one may have to wait for others' machines.
    `wakes`: the job that goes on from what this one did, and need not wait for its own tick.
    """

    name: str
    seconds: int
    do: Callable[[sessionmaker[Session], Settings], Any]
    at_once: int = 1
    wakes: str = ""


# fmt: off
JOBS = [
    Job(SEALING,                  2,           at_the_press(seal_issuing_notices), wakes="tell platforms"),
    Job("seal new editions",      2,           at_the_press(seal_editions), wakes="tell platforms"),
    Job("walk batches",           2,           lambda sessions, _: walk_batches(sessions, clock.now()), wakes=SEALING),
    Job("make documents",         2,           at_the_press(make_documents)),
    Job("make capsules",          2,           lambda sessions, told: make_capsules(sessions, told, clock.now())),
    Job("tell platforms",         2,           tell_lately, wakes="send due webhooks"),
    Job("tell what was missed",   DAY,         tell_what_was_missed),
    Job("send due webhooks",      1,           send_due_webhooks, at_once=24),
    Job("send due mail",          5,           send_due_mail),
    Job("serve received notices", 2,           lambda sessions, _: serve_received_notices(sessions, clock.now())),
    Job("prove who was told",     2,           lambda sessions, _: prove_what_was_opened(sessions)),
    Job("call about samples",     MINUTE,      call_about_samples),
    Job("fall back",              MINUTE,      fall_back, wakes="send due webhooks"),
    Job("follow re-inspections",  10,          lambda sessions, _: follow_reinspections(sessions, clock.now())),
    Job("accept by silence",      MINUTE,      lambda sessions, _: accept_by_silence(sessions, clock.now())),
    Job("waive formalities",      MINUTE,      lambda sessions, _: waive_formalities(sessions, clock.now())),
    Job("take back results",      2,           lambda sessions, _: take_back_overturned(sessions, clock.now())),
    Job("end fallen orders",      10,          lambda sessions, _: end_what_was_overturned(sessions)),
    Job("publish at a moment",    1,           lambda sessions, _: publish_what_is_due(sessions, clock.now())),
    Job("end time in public",     MINUTE,      lambda sessions, _: end_time_in_public(sessions, clock.now())),
    Job("state takedowns",        10,          lambda sessions, _: say_what_became(sessions, clock.now())),
    Job("correct results",        5,           lambda sessions, _: catch_up_with_objections(sessions, clock.now())),
    Job("close finished samples", 10,          lambda sessions, _: close_finished_samples(sessions, clock.now())),
    Job("count closed campaigns", MINUTE,      count_closed_campaigns),
    Job("count takedowns",        10 * MINUTE, lambda sessions, _: count_takedowns(sessions, clock.now())),
    Job("record overdue clocks",  10,          lambda sessions, _: record_overdue_clocks(sessions, clock.now())),
    Job("climb the ladder",       MINUTE,      lambda sessions, _: climb_the_ladder(sessions, clock.now())),
    Job("re-date clocks",         DAY,         lambda sessions, _: redate_clocks(sessions)),
    Job("re-date for a calendar", 2,           lambda sessions, _: work_off_lists(sessions)),
    Job("capture listings",       MINUTE,      capture_due_listings),
    Job("capture pages of tasks", MINUTE,      capture_pages_of_tasks),
    Job("look for alike",         10,          look_in_frames),
    Job("sweep later frames",     10,          sweep_frames),
    Job("note what was sampled",  MINUTE,      lambda sessions, _: note_what_was_sampled(sessions)),
    Job("lay over big frames",    2,           lay_over_frames),
    Job("ask what stands out",    60 * MINUTE, ask_by_itself),
    Job("index new cases",        2,           lambda sessions, _: index_new_cases(sessions)),
    Job("spell public results",   5,           lambda sessions, _: spell_new_entries(sessions)),
    Job("note public news",       10,          lambda sessions, _: note_news(sessions, clock.now())),
    Job("tell subscribers",       10,          tell_who_subscribed),
    Job("forget unconfirmed",     10 * MINUTE, lambda sessions, _: forget_unconfirmed(sessions, clock.now())),
    Job("forget old news",        DAY,         lambda sessions, _: forget_old(sessions, clock.now())),
    Job("lay out open data",      MINUTE,      lay_out_open_data),
    Job("keep old backups",       DAY,         lambda sessions, _: keep_backups_of_before(sessions, clock.now())),
    Job("forget old answers",     DAY,         lambda sessions, _: forget_old_answers(sessions, clock.now())),
    Job("forget old sittings",    DAY,         lambda sessions, _: forget_old_sittings(sessions, clock.now())),
    Job("forget old complaints",  DAY,         lambda sessions, _: forget_old_complaints(sessions, clock.now())),
    Job("look at big uploads",    2,           lambda _, told: look_at_big_uploads(told.frames_folder, clock.now())),
    Job("look at big tables",     2,           look_at_big_tables),
    Job("throw away old uploads", 10 * MINUTE, lambda _, told: throw_away_old_uploads(told.frames_folder, clock.now())),
    Job("drop unused layers",     DAY,         tidy_layers),
    Job("drop old libraries",     10 * MINUTE, lambda _, told: drop_old_libraries(told.frames_folder, clock.now())),
    Job("drop old complaints",    10 * MINUTE, lambda _, told: drop_old_complaints(told.frames_folder, clock.now())),
    Job("drop old answers",       10 * MINUTE, lambda _, told: drop_old_answers(told.frames_folder, clock.now())),
    Job("throw away old tables",  10 * MINUTE, lambda _, told: throw_away_old_tables(told.frames_folder, clock.now())),
    Job("make missing copies",    10,          lambda sessions, told: make_missing_copies(sessions, vault_of(told))),
    Job("compare new pictures",   2,           lambda sessions, _: compare_new_pictures(sessions, clock.now())),
    Job("hash older pictures",    10 * MINUTE, lambda sessions, told: hash_older_pictures(sessions, vault_of(told))),
    Job("do pieces",              2,           do_pieces),
    Job("look after uploads",     MINUTE,      look_after_uploads),
    Job("scan what waits",        MINUTE,      scan_files),
    Job("files without a case",   10 * MINUTE, tidy_files),
    Job("look through the vault", DAY,         look_through_the_vault),
    Job("sign the daily root",    10 * MINUTE, sign_daily_root),
]
# fmt: on


def run(job: Job, app: Flask, signs: Pulse, wake: Callable[[str], object] = lambda _name: None) -> bool:
    """One run of one job. What goes wrong is logged and tried again at the next tick; the others go on."""
    with app.app_context():
        try:
            with signs.run_of(job.name, job.seconds):
                done = job.do(sessionmaker(db.engine), app.config["SETTINGS"])
        except Exception:
            log.exception("the job did not finish: %s", job.name)
            return False
    if job.wakes and done:
        wake(job.wakes)
    return True


def take_turn(shift: Shift, *told: Any) -> None:
    """A run, unless the process is about to end: then whoever comes next finds what is due."""
    with shift:
        if not TOLD_TO_END.is_set():
            run(*told)


def give_a_sign(app: Flask, signs: Pulse) -> None:
    """That this process lives, and what it did. A database that is away is the jobs' to complain about, not ours."""
    with app.app_context(), suppress(OperationalError):
        signs.say(sessionmaker(db.engine))


def run_now(sessions: sessionmaker[Session], settings: Settings) -> None:
    """Each job once, in their order: for who will not wait for the clock. What goes wrong is raised."""
    make_at_once(sessions, Press.of(settings))
    for job in JOBS:
        job.do(sessions, settings)


class Every(BaseTrigger):
    """So many seconds after the last time, and what was missed is missed.

    APScheduler's own interval counts each run that should have been: after a clock that leapt by days, or a machine
    that slept for as long, it counts for minutes, and nothing runs meanwhile.
    """

    def __init__(self, seconds: float) -> None:
        self.wait = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        due = now if previous is None else previous + self.wait
        return due if previous is None or due > now else now + self.wait


def tick(app: Flask) -> None:
    """Run every job by its clock until SIGTERM or SIGINT; a running job is let finish."""
    refuse_without_libraries()
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a long run is still under way is no news
    scheduler, signs, shift = BackgroundScheduler(timezone=clock.BEIJING), Pulse(), Shift()
    TOLD_TO_END.clear()
    with suppress(OperationalError):
        forget_jobs_but(sessionmaker(db.engine), {job.name for job in JOBS})
    for job in JOBS:
        if job.at_once > 1:  # it keeps no other from its thread
            scheduler.add_executor(ThreadPoolExecutor(job.at_once), job.name)
        scheduler.add_job(
            partial(take_turn, shift, job, app, signs, partial(run_at_once, scheduler)),
            Every(job.seconds),
            id=job.name,
            name=job.name,
            next_run_time=clock.now(),  # at once, then by the clock
            coalesce=True,
            executor=job.name if job.at_once > 1 else "default",
            max_instances=job.at_once,
            misfire_grace_time=None,
        )
    scheduler.add_executor(ThreadPoolExecutor(1), "pulse")  # whatever the jobs wait for
    scheduler.add_job(partial(give_a_sign, app, signs), Every(pulse.EVERY), executor="pulse", coalesce=True)
    for number in (signal.SIGTERM, signal.SIGINT):  # in the middle of its own work a signal would find it torn
        signal.signal(number, lambda *_: TOLD_TO_END.set())
    scheduler.start()
    keep_time(scheduler, TOLD_TO_END)
    scheduler.shutdown(wait=False)  # it would wait with a lock that a job may want, which wakes another
    shift.wait()
    with suppress(OperationalError):
        signs.leave(sessionmaker(db.engine))


def run_at_once(scheduler: BaseScheduler, name: str) -> None:
    with suppress(JobLookupError):
        scheduler.modify_job(name, next_run_time=clock.now())


def keep_time(scheduler: BaseScheduler, stopping: threading.Event) -> None:
    """Until it is to stop. A clock that is set back would keep every job waiting until it is as late again."""
    last = clock.now()
    while not stopping.wait(LOOK_EVERY):
        now = clock.now()
        if now < last:
            for job in scheduler.get_jobs():
                job.modify(next_run_time=now)
        last = now
