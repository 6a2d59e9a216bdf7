"""Many are told at once from one list: with boxes, without a script, and an answer for each."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from quality.core.events import Event
from quality.informing.operations import tell
from quality.informing.several import LONG
from quality.objections.models import Party
from quality.purchases.models import Task, TaskStatus
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password

pytestmark = on_sqlite
HERE = "/desk/untold/"


@pytest.fixture
def samples(session, concluded):
    cast = concluded.cast
    for actor in (cast.coordinator, cast.reviewer, cast.desk):
        give_password(session, actor.person)
    session.commit()
    return sorted((each.sample for each in concluded.bad), key=lambda sample: sample.id)


def test_platforms_are_told_of_those_chosen_and_each_is_answered_for(session, concluded, samples, sign_in):
    coordinator = sign_in(concluded.cast.coordinator)
    first, second = (each.number for each in samples[:2])
    tell(session, samples[1], Party.PLATFORM, by=concluded.cast.coordinator)
    session.commit()
    page = coordinator.get(HERE).text
    assert f'value="{first}"' in page
    assert f'value="{second}"' not in page
    done = coordinator.post(HERE, data={"sample": [first, second, "X-9"]})
    assert done.status_code == 200
    for said in ("Told: 1. Not told: 2.", "was told already", "There is no sample with this number"):
        assert said in done.text
    assert f'value="{first}"' not in coordinator.get(HERE).text
    session.expire_all()
    told = sa.select(Event.subject_id).where(Event.action == "tell_of_sample").order_by(Event.id)
    assert session.scalars(told).all() == [samples[1].id, samples[0].id]


@pytest.mark.breaks_the_record  # a task that was sealed is made one that is still to be bought
def test_all_of_a_page_are_told_but_for_shops_where_others_are_still_bought(session, concluded, samples, sign_in):
    mine, other, shop = samples[0].purchase.id, concluded.elsewhere.sample.purchase.id, "a" * 64
    session.execute(sa.update(Task).where(Task.id.in_((mine, other))).values(shop_key=shop))
    session.execute(sa.update(Task).where(Task.id == other).values(status=TaskStatus.PLANNED))
    session.commit()
    coordinator = sign_in(concluded.cast.coordinator)
    page = coordinator.get(HERE).text
    free = re.findall(r'name="free" value="([^"]+)"', page)
    assert samples[1].number in free
    assert samples[0].number not in free
    assert "still being bought: 1" in page
    done = coordinator.post(HERE, data={"every": "1", "free": free})
    assert f"Told: {len(free)}. Not told: 0." in done.text
    assert f'value="{samples[0].number}"' in coordinator.get(HERE).text


def test_links_of_sellers_stand_on_the_answer_once(session, concluded, samples, sign_in, client):
    coordinator = sign_in(concluded.cast.coordinator)
    asked = {"sample": [each.number for each in samples[:2]]}
    done = coordinator.post(f"{HERE}?party=seller", data=asked)
    links = re.findall(r'value="http://[^"/]+(/reply/sample/[^"]+)"', done.text)
    assert len(set(links)) == 2
    assert "All of them, to paste into a table" in done.text
    for link in links:
        assert client.get(link).status_code == 200
    again = coordinator.post(f"{HERE}?party=seller", data=asked)
    assert "/reply/sample/" not in again.text
    assert "Told: 0. Not told: 2." in again.text


def test_the_list_is_narrowed_and_read_some_at_a_time(session, concluded, samples, sign_in, monkeypatch):
    coordinator, campaign = sign_in(concluded.cast.coordinator), samples[0].campaign.number
    platform = samples[0].purchase.drawn.platform.code
    page = coordinator.get(f"{HERE}?campaign={campaign}&platform={platform}").text
    assert samples[0].number in page
    nothing = coordinator.get(f"{HERE}?campaign=NONE&platform=NONE&party=seller").text
    assert "Everybody knows" in nothing
    assert "Show all of them" in nothing
    monkeypatch.setattr("quality.pages.views.telling.A_PAGE", 1)
    found, address = [], f"{HERE}?campaign={campaign}"
    while address:
        text = coordinator.get(address.replace("&amp;", "&")).text
        found += re.findall(r'name="sample" value="([^"]+)"', text)
        more = re.search(r'href="([^"]+)">More of them', text)
        address = more[1] if more else ""
    assert len(found) == len(set(found)) >= len(samples)
    assert "From the beginning" in text


def test_what_is_not_chosen_is_asked_for_and_only_who_may_is_let_in(concluded, samples, sign_in):
    cast = concluded.cast
    coordinator = sign_in(cast.coordinator)
    wrong = coordinator.post(HERE, data={})
    assert wrong.status_code == 422
    assert "Choose at least one sample" in wrong.text
    for nobody in (cast.reviewer, cast.desk):
        assert sign_in(nobody).get(HERE).status_code == 403
        assert sign_in(nobody).post(HERE, data={"sample": "X-1"}).status_code == 403


def test_the_worklist_leads_there_once_they_wait_for_long(session, concluded, samples, sign_in):
    said = "Sealed samples of which the platform does not know yet"
    coordinator = sign_in(concluded.cast.coordinator)
    concluded.cast.clock.advance(days=LONG.days)
    coordinator = sign_in(concluded.cast.coordinator)
    page = coordinator.get("/desk/").text
    assert said in page
    assert f'href="{HERE}"' in page
