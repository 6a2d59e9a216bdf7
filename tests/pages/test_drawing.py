"""The page of a draw: what will be drawn before it, the seed and how anybody repeats it after it."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
import shlex
from contextlib import chdir
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.campaigns.models import CampaignStatus, Drawn
from quality.campaigns.workflow import CLOSE
from quality.cli import mingcha
from quality.core.events import Access
from quality.core.workflow import perform
from quality.permissions import Role
from tests.harness.campaigns import campaign_at, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import hire
from tests.pages.test_sheets import send

S = CampaignStatus


@pytest.fixture
def cast(session, in_field):
    for role in ("coordinator", "reviewer"):
        give_password(session, getattr(in_field, role).person)
    return in_field


@pytest.fixture
def frames(app):
    return app.config["SETTINGS"].frames_folder


def page_of(client, campaign):
    return client.get(f"/desk/campaign/{campaign.number}/draw")


def looks(session, campaign):
    asked = sa.select(Access.what, Access.actor).where(Access.subject_type == "campaign")
    return [tuple(row) for row in session.execute(asked.where(Access.subject_id == campaign.id))]


@on_sqlite
def test_before_the_draw_it_says_what_will_be_drawn_from_what_and_when(session, cast, sign_in, frames):
    campaign = campaign_at(session, cast, S.FROZEN, frames)
    session.commit()
    page = page_of(sign_in(cast.coordinator), campaign).text
    assert all(fact in page for fact in (campaign.frame_hash, campaign.commitment, campaign.public_event))
    assert "棠梨商城/儿童玩具" in page
    assert ("Nothing is drawn yet" in page, 'name="public_number"' in page) == (True, False)
    assert "The public number is out on" in page_of(sign_in(cast.reviewer), campaign).text
    assert looks(session, campaign) == []


@on_sqlite
def test_who_may_freeze_an_approved_plan_is_led_there(session, cast, sign_in, frames):
    campaign = campaign_at(session, cast, S.APPROVED, frames)
    session.commit()
    there = f'href="/desk/campaign/{campaign.number}/freeze"'
    assert there in page_of(sign_in(cast.reviewer), campaign).text
    assert there not in page_of(sign_in(cast.coordinator), campaign).text


@on_sqlite
def test_once_the_number_is_out_the_reviewer_draws_on_the_same_page(session, cast, sign_in, frames):
    campaign = campaign_at(session, cast, S.FROZEN, frames)
    session.commit()
    cast.clock.moment = campaign.public_event_at + timedelta(hours=1)
    reviewer = sign_in(cast.reviewer)
    page = page_of(reviewer, campaign).text
    assert "4 listings are drawn to be bought, and 4 in reserve" in page

    none = send(reviewer, campaign, "draw", public_number="", source="")
    assert all(none.text.count(f'id="{name}-e"') == 1 for name in ("public_number", "source"))
    wrong = send(reviewer, campaign, "draw", public_number="", source="云州晚报")
    assert (wrong.status_code, wrong.text.count('id="public_number-e"')) == (422, 1)
    assert "云州晚报" in wrong.text and campaign.frame_hash in wrong.text

    assert send(reviewer, campaign, "draw", public_number="03 11", source="云州晚报").status_code == 302
    assert campaign.status == S.DRAWN
    assert 'name="public_number"' not in page_of(reviewer, campaign).text


@on_sqlite
def test_the_command_on_the_page_draws_the_same_again(session, cast, sign_in, frames, tmp_path):
    campaign = campaign_at(session, cast, S.DRAWN, frames)
    session.commit()
    coordinator = sign_in(cast.coordinator)
    page = page_of(coordinator, campaign).text
    at = f"/desk/campaign/{campaign.number}/draw"
    for name, digest in (("frame.csv", campaign.frame_hash), ("design.json", campaign.design_hash)):
        sent = coordinator.get(f"{at}/{name.removesuffix('.json')}").data
        assert hashlib.sha256(sent).hexdigest() == digest
        (tmp_path / f"{campaign.number}-{name}").write_bytes(sent)

    program, *words = shlex.split(html.unescape(re.search(r"<code[^>]*>([^<]+)</code>", page)[1]))
    with chdir(tmp_path):
        mingcha(words, prog_name=program, standalone_mode=False)

    again = list(csv.DictReader(io.StringIO((tmp_path / "drawn.csv").read_text(encoding="utf-8"))))
    there = session.scalars(sa.select(Drawn).where(Drawn.campaign_id == campaign.id))
    assert {(d["stratum"], d["role"], d["rank"], d["listing_id"], d["digest"]) for d in again} == {
        (d.stratum, d.role, str(d.rank), d.listing_id, d.draw_digest) for d in there
    }


@on_sqlite
def test_a_look_at_the_seed_is_recorded_until_the_campaign_is_closed(session, cast, sign_in, frames):
    campaign = campaign_at(session, cast, S.IN_FIELD, frames)
    session.commit()
    coordinator = sign_in(cast.coordinator)
    assert campaign.seed in page_of(coordinator, campaign).text
    assert looks(session, campaign) == [("seed", cast.coordinator.signature)]

    perform(session, campaign, CLOSE, by=cast.coordinator)
    session.commit()
    assert campaign.seed in page_of(coordinator, campaign).text
    assert len(looks(session, campaign)) == 1


@on_sqlite
def test_an_agency_above_reads_the_campaign_and_not_its_draw(session, cast, sign_in, frames):
    below = hire(session, cast.below, Role.COORDINATOR)
    session.commit()
    campaign = planned(session, replace(cast, coordinator=below))
    session.commit()
    above = sign_in(cast.coordinator)
    assert above.get(f"/desk/campaign/{campaign.number}").status_code == 200
    for name in ("", "/frame.csv", "/design"):
        assert above.get(f"/desk/campaign/{campaign.number}/draw{name}").status_code == 404


@on_sqlite
def test_a_plan_without_a_frame_has_a_page_that_says_so(session, cast, sign_in):
    campaign = planned(session, cast)
    session.commit()
    coordinator = sign_in(cast.coordinator)
    assert "There is no sampling frame yet" in page_of(coordinator, campaign).text
    assert coordinator.get(f"/desk/campaign/{campaign.number}/draw/frame.csv").status_code == 404


@on_sqlite
def test_frame_and_design_are_public_once_the_campaign_is_closed_and_not_before(session, cast, sign_in, frames, app):
    campaign = campaign_at(session, cast, S.IN_FIELD, frames)
    session.commit()
    anybody = app.test_client()
    assert anybody.get(f"/draws/{campaign.number}/design.json").status_code == 404
    perform(session, campaign, CLOSE, by=cast.coordinator)
    session.commit()
    page = anybody.get(f"/draws/{campaign.number}?lang=en").text
    assert f"-frame.csv {campaign.number}-design.json --seed {campaign.seed} --out drawn.csv" in html.unescape(page)
    sent = anybody.get(f"/draws/{campaign.number}/design.json")
    assert hashlib.sha256(sent.data).hexdigest() == campaign.design_hash
