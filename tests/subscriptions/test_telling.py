"""Who subscribed is told of what becomes public, once, and of what is taken back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.people.actor import SYSTEM
from quality.publication.operations import withdraw
from quality.publication.terms import expire
from quality.subscriptions import sending
from quality.subscriptions.jobs import forget_old
from quality.subscriptions.models import PublicNews, Rhythm, Subscriber, Tells, Wish
from quality.subscriptions.news import KEPT, note_news
from quality.subscriptions.operations import change, end
from quality.subscriptions.queries import standing, would_announce, would_tell
from quality.subscriptions.sending import LEASE, MOST_REFUSALS, claim_tellings
from tests.harness.databases import on_sqlite
from tests.harness.publication import closed_campaign, proposed, published

REFUSES = "nobody@people.example"


def texts(office):
    return [office.read(place).get_content().replace("\r\n", "\n") for place in range(len(office.mails))]


def test_what_is_published_is_told_once(session, concluded, desk, office, caplog):
    caplog.set_level("DEBUG")
    desk.subscribed()
    first = published(session, concluded.cast, concluded.bad[0])
    assert desk.tell() == 1
    desk.clock.advance(hours=1)
    assert desk.tell() == 0

    mail = office.read()
    text = mail.get_content()
    assert mail["Subject"] == "Published results: 1 newly published"
    assert "New, and not conforming (1)" in text
    assert f"http://127.0.0.1:8000/results/{first.number}?lang=en" in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip("<>").split("/end")[0] in text
    assert office.mails[-1].rcpt_tos == ["reader@people.example"]
    assert "people.example" not in "".join(each.getMessage() for each in caplog.records if each.name != "mail.log")


@on_sqlite
def test_who_was_told_of_a_result_learns_that_it_was_corrected_and_taken_back(session, concluded, desk, office):
    """Also by a wish that the correction does not fit any more, and by one that they ended meanwhile."""
    cast = concluded.cast
    subscriber = desk.subscribed(verdict="nonconforming")
    first = published(session, cast, concluded.bad[0])
    desk.tell()
    desk.clock.advance(days=1)
    change(session, subscriber, "en", Rhythm.AT_ONCE, kept=())
    desk.clock.advance(days=1)
    published(session, cast, concluded.bad[1])
    second = published(session, cast, concluded.bad[0], "更正规格型号")
    desk.tell()
    desk.clock.advance(days=1)
    withdraw(session, second, "检验方法有误", by=cast.reviewer)
    desk.tell()

    told = texts(office)
    assert len(told) == 3
    assert ("Corrected: read these again (1)" in told[1]) and ("更正规格型号" in told[1])
    assert f"* Withdrawn: {first.number}\n  检验方法有误" in told[2]
    assert first.copy["product"]["name"] not in told[2]
    assert office.read()["Subject"] == "Published results: 1 taken back"


@on_sqlite
def test_what_was_taken_back_before_the_digest_is_not_said_in_it(session, concluded, desk, office):
    desk.subscribed(rhythm=Rhythm.WEEKLY)
    result = published(session, concluded.cast, concluded.bad[0])
    assert desk.tell() == 0
    desk.clock.advance(hours=1)
    withdraw(session, result, "检验方法有误", by=concluded.cast.reviewer)
    desk.clock.advance(days=7)
    assert desk.tell() == 1

    [text] = texts(office)
    assert "Withdrawn" in text
    assert concluded.bad[0].sample.product_name not in text


@on_sqlite
def test_an_announcement_is_told_to_who_wants_announcements(session, concluded, desk, office):
    campaign = concluded.good.sample.task.campaign
    wishes = {
        "results@people.example": {"tells": Tells.RESULTS, "category": "鞋类"},
        "all@people.example": {"tells": Tells.ANNOUNCEMENTS},
        "category@people.example": {"tells": Tells.ANNOUNCEMENTS, "category": campaign.category},
        "word@people.example": {"tells": Tells.ANNOUNCEMENTS, "q": "磁力棒"},
        "verdict@people.example": {"tells": Tells.ANNOUNCEMENTS, "verdict": "nonconforming"},
        "elsewhere@people.example": {"tells": Tells.ANNOUNCEMENTS, "platform": "NOWHERE"},
        "other@people.example": {"tells": Tells.ANNOUNCEMENTS, "q": "电饭煲"},
    }
    for address, asked in wishes.items():
        desk.subscribed(address, **asked)
    closed_campaign(session, concluded)
    many = sum(would_announce(session, campaign).values())
    desk.tell()

    told = {mail.rcpt_tos[0].split("@")[0] for mail in office.mails}
    assert told == {"all", "category", "word", "verdict"}
    assert many == len(told)
    text = texts(office)[0]
    assert f"{campaign.title} ({campaign.number})" in text
    assert f"/campaigns/{campaign.number}?lang=en" in text


@on_sqlite
def test_an_editor_learns_how_many_a_result_reaches_before_it_is_published(session, concluded, desk, office):
    result = proposed(session, concluded.cast, concluded.bad[0])
    copy = result.copy
    fitting = [{}, {"platform": copy["platform"]["code"]}, {"q": "磁力", "verdict": "nonconforming"}]
    apart = [{"verdict": "conforming"}, {"q": "电饭煲"}, {"tells": Tells.ANNOUNCEMENTS}]
    for place, asked in enumerate([*fitting, *apart]):
        desk.subscribed(f"reader{place}@people.example", rhythm=[Rhythm.AT_ONCE, Rhythm.DAILY][place % 2], **asked)
    desk.ask("late@people.example")

    assert would_tell(session, result, clock.now()) == {Rhythm.AT_ONCE: 2, Rhythm.DAILY: 1}
    found = standing(session)
    assert (found.confirmed, found.unconfirmed, found.by_tells) == (6, 1, {Tells.ALL: 5, Tells.ANNOUNCEMENTS: 1})
    assert (found.waiting, found.failing) == (1, 0)


@on_sqlite
def test_what_is_over_is_told_without_a_fault(session, concluded, desk, office):
    result = published(session, concluded.cast, concluded.good)
    desk.subscribed()
    desk.clock.advance(days=4 * 366)
    campaign = session.get_one(Campaign, concluded.good.sample.task.campaign_id)
    assert expire(session, campaign, [result.id], clock.now(), by=SYSTEM) == 1
    desk.tell()

    assert f"nobody found anything wrong with them (1)\n* Time in public is over: {result.number}" in texts(office)[0]


@on_sqlite
def test_several_wishes_of_one_mailbox_come_in_one_mail_and_each_result_once(session, concluded, desk, office):
    desk.subscribed()
    desk.subscribed(verdict="nonconforming")
    for finding in (*concluded.bad, concluded.good):
        published(session, concluded.cast, finding)
    desk.tell()

    [text] = texts(office)
    assert text.count("/results/R-") == len(concluded.bad) + 1
    assert text.index("not conforming") < text.index("New, and conforming")


# --- who dies, and who refuses ---


def test_who_died_over_a_mail_leaves_it_to_the_next_and_it_is_the_same(session, concluded, desk, office):
    desk.subscribed()
    first = published(session, concluded.cast, concluded.bad[0])
    desk.job(lambda sessions: note_news(sessions, clock.now()))
    desk.clock.advance(minutes=1)
    assert desk.job(lambda sessions: len(claim_tellings(sessions, clock.now()))) == 1  # and dies here
    assert desk.job(lambda sessions: len(claim_tellings(sessions, clock.now()))) == 0
    second = published(session, concluded.cast, concluded.bad[1])
    desk.clock.moment += LEASE

    assert desk.tell() == 1
    assert (first.number in texts(office)[0], second.number in texts(office)[0]) == (True, False)
    desk.clock.advance(hours=1)
    assert desk.tell() == 1
    assert (first.number in texts(office)[1], second.number in texts(office)[1]) == (False, True)
    assert office.read(0)["Message-ID"] != office.read(1)["Message-ID"]


@on_sqlite
def test_who_died_after_the_server_took_it_has_it_sent_under_the_same_number(
    session, concluded, desk, office, monkeypatch
):
    desk.subscribed()
    published(session, concluded.cast, concluded.bad[0])
    with monkeypatch.context() as dying:
        dying.setattr(sending, "settle", lambda *_: None)
        desk.tell()
    desk.clock.moment += LEASE
    desk.send()
    desk.clock.advance(days=1)

    assert desk.tell() == 0
    assert office.read(0)["Message-ID"] == office.read(1)["Message-ID"]
    assert len(office.mails) == 2


@on_sqlite
def test_a_mailbox_that_refuses_three_mails_is_forgotten(session, concluded, desk, office):
    desk.subscribed(REFUSES)
    desk.subscribed()
    published(session, concluded.cast, concluded.bad[0])
    assert desk.tell() == 1
    for refusals in range(1, MOST_REFUSALS):
        assert desk.of(REFUSES).refusals == refusals
        assert standing(session).refused == 1
        assert desk.send() == 0
        desk.clock.advance(days=1)
        desk.send()

    assert session.scalars(sa.select(sa.func.count(Subscriber.id))).one() == 1
    assert session.scalars(sa.select(sa.func.count(Wish.id))).one() == 1


@on_sqlite
@pytest.mark.parametrize("trouble", ["refused", "away"])
def test_a_server_that_takes_nothing_ends_nobody_and_what_happened_meanwhile_comes_after(
    session, concluded, desk, office, trouble
):
    subscriber = desk.subscribed()
    published(session, concluded.cast, concluded.bad[0])
    url, office.says = desk.settings.smtp_url, "554 5.7.1 We do not like you"
    if trouble == "away":
        object.__setattr__(desk.settings, "smtp_url", "smtp://127.0.0.1:9")
    assert desk.tell() == 0
    for _day in range(6):
        desk.clock.advance(days=1)
        assert desk.send() == 0
    assert (desk.of().refusals, standing(session).failing) == (0, 1)
    published(session, concluded.cast, concluded.bad[1])
    office.says = "250 OK"
    object.__setattr__(desk.settings, "smtp_url", url)
    desk.clock.advance(days=1)
    assert desk.tell() == 1
    desk.clock.advance(days=1)
    assert desk.tell() == 1
    assert subscriber.tries == 0


@on_sqlite
def test_without_a_mail_server_nothing_is_sent_and_nothing_is_lost(session, concluded, desk, office):
    desk.subscribed()
    published(session, concluded.cast, concluded.bad[0])
    url = desk.settings.smtp_url
    object.__setattr__(desk.settings, "smtp_url", None)
    assert desk.tell() == 0
    object.__setattr__(desk.settings, "smtp_url", url)
    assert desk.tell() == 1


@on_sqlite
def test_whose_address_no_key_opens_keeps_the_others_from_nothing(session, concluded, desk, office, caplog):
    lost = desk.subscribed("lost@people.example")
    desk.subscribed()
    lost.address = desk.keys.sealed("another", "address", "x")
    published(session, concluded.cast, concluded.bad[0])

    assert desk.tell() == 1
    assert f"subscriber {lost.id} cannot be read" in caplog.text


# --- what is noted, and what is forgotten ---


@on_sqlite
def test_of_what_happened_before_somebody_subscribed_nothing_is_noted(session, concluded, desk):
    published(session, concluded.cast, concluded.bad[0])
    desk.job(lambda sessions: note_news(sessions, clock.now()))
    desk.clock.advance(minutes=1)
    desk.subscribed()
    assert desk.job(lambda sessions: note_news(sessions, clock.now())) == 0
    result = published(session, concluded.cast, concluded.bad[1])
    proposed(session, concluded.cast, concluded.good)

    noting = lambda sessions: note_news(sessions, clock.now())  # noqa: E731
    assert (desk.job(noting), desk.job(noting)) == (1, 0)
    assert session.scalars(sa.select(PublicNews.result_id)).all() == [result.id]


@on_sqlite
def test_what_everybody_was_told_is_forgotten(session, concluded, desk, office):
    subscriber = desk.subscribed()
    published(session, concluded.cast, concluded.bad[0])
    desk.tell()
    change(session, subscriber, "en", Rhythm.AT_ONCE, kept=())
    desk.clock.moment += KEPT
    desk.job(lambda sessions: forget_old(sessions, clock.now()) or 0)
    assert session.scalars(sa.select(PublicNews.id)).all() == []
    assert len(desk.of().wishes) == 1
    desk.clock.advance(days=3 * 366)
    desk.job(lambda sessions: forget_old(sessions, clock.now()) or 0)
    assert desk.of().wishes == []


@on_sqlite
def test_who_ended_it_leaves_nothing(session, concluded, desk, office):
    subscriber = desk.subscribed(q="磁力")
    end(session, subscriber)
    published(session, concluded.cast, concluded.bad[0])

    assert desk.tell() == 0
    assert session.scalars(sa.select(Wish.id)).all() == session.scalars(sa.select(Subscriber.id)).all() == []
