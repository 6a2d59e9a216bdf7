"""The editor's desk: what waits and why, pages before they are public, what changes and what leaves."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.objections.models import Party
from quality.objections.operations import tell
from quality.pages.editor import A_FEW, Narrowed, Waits, listed
from quality.publication.replies import write
from quality.publication.withdrawing import propose_withdrawal
from quality.purchases.models import Sample
from quality.web.pace import EXTENSION
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.objections import received_objection
from tests.harness.publication import proposed, published

pytestmark = on_sqlite
WHY = "样品登记有误"


@pytest.fixture
def desk(app: Any, session: Session, concluded: Any) -> Any:
    """Reads pages of the desk as the reviewer, in English."""
    give_password(session, concluded.cast.reviewer.person)
    session.commit()
    app.extensions.pop(EXTENSION, None)
    return sign_in(app, concluded.cast.reviewer)


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_everything_that_waits_stands_on_one_page_with_what_stands_in_the_way(desk, session, concluded) -> None:
    cast, bad = concluded.cast, concluded.bad[0]
    offered = proposed(session, cast, concluded.good)
    public = published(session, cast, concluded.elsewhere)
    proposed(session, cast, concluded.elsewhere, "更正规格型号")
    tell(session, bad, Party.SELLER, clock.now(), by=cast.coordinator)
    write(session, bad, Party.SELLER, "本店已下架该批次商品。", by=cast.coordinator)
    objection = received_objection(session, cast, concluded.bad[1])
    session.commit()

    page = plain(desk.get("/desk/publishing?lang=en").text)

    assert offered.number in page
    assert "更正规格型号" in page
    assert f"Objection {objection.number} is not decided yet" in page
    assert "A party may object until" in page
    assert "For someone else to decide on" not in page  # the reviewer proposed none of it
    corrections = plain(desk.get("/desk/publishing?what=correction&lang=en").text)
    assert (public.number in corrections, offered.number in corrections) == (True, False)
    assert (
        "Nothing matches these filters" in desk.get("/desk/publishing?what=proposed&verdict=nonconforming&lang=en").text
    )


def test_a_filter_that_is_none_is_told_at_its_place(desk) -> None:
    answer = desk.get("/desk/publishing?what=everything&campaign=NONE&lang=en")
    assert answer.status_code == 422
    assert answer.text.count("Choose one from the list") == 2
    assert desk.get("/desk/publishing?what=proposed&after=yesterday&lang=en").status_code == 200
    assert "Nothing more is on this list" in desk.get("/desk/publishing?what=proposed&after=999999&lang=en").text


def test_a_list_goes_on_page_by_page_and_gives_each_line_once(session, concluded) -> None:
    cast = concluded.cast
    results = [published(session, cast, each) for each in (*concluded.bad, concluded.elsewhere, concluded.good)]
    cast.clock.advance(days=80)
    me = cast.reviewer
    whole = [each.number for each in listed(session, me, Waits.LEAVING).lines]
    assert whole == [each.number for each in results if each.copy["verdict"] == "conforming"]
    for finding in (*concluded.bad, concluded.elsewhere, concluded.good):
        proposed(session, cast, finding, "补充")
    found, after = [], None
    for _page in range(10):
        page = listed(session, me, Waits.CORRECTION, after=after, limit=1)
        found += [each.number for each in page.lines]
        after = page.older
        if after is None:
            break
    assert found == [each.number for each in results]
    campaign = concluded.good.sample.task.campaign
    assert len(listed(session, me, Waits.CORRECTION, Narrowed(campaign.number), limit=A_FEW).lines) >= 1


def test_what_is_final_names_the_fields_that_hold_personal_data(session, concluded) -> None:
    session.execute(sa.update(Sample).where(Sample.id == concluded.good.sample_id).values(remark="店主电话13812345678"))
    session.expire_all()
    lines = {each.finding.number: each for each in listed(session, concluded.cast.reviewer, Waits.FINAL).lines}
    assert [(why.stops, "13812345678" in str(why.text)) for why in lines[concluded.good.number].whys] == [
        (True, False),
        (False, False),
    ]
    assert [why.stops for why in lines[concluded.elsewhere.number].whys] == [False]
    proposed(session, concluded.cast, concluded.elsewhere)
    assert concluded.elsewhere.number not in {
        each.finding.number for each in listed(session, concluded.cast.reviewer, Waits.FINAL).lines
    }


def test_a_preview_is_the_public_page_and_says_that_it_is_none(desk, client, session, concluded) -> None:
    result = proposed(session, concluded.cast, concluded.good)
    session.commit()
    address = f"/desk/result/{result.number}/preview"

    seen = desk.get(f"{address}?lang=en")

    assert seen.headers["X-Robots-Tag"].startswith("noindex")
    assert "frame-ancestors 'self'" in seen.headers["Content-Security-Policy"]
    assert (seen.text.count("PREVIEW"), 'content="noindex, nofollow"' in seen.text) == (2, True)
    assert "预览" in desk.get(f"{address}?lang=zh").text
    phone = desk.get(f"{address}/phone?lang=en")
    assert phone.text.count("<iframe") == 2
    assert "frame-src 'self'" in phone.headers["Content-Security-Policy"]
    assert client.get(address).status_code in (302, 401, 404)
    assert client.get(f"/results/{result.number}").status_code == 404
    desk.post(f"/desk/result/{result.number}/publish", data={"version": result.version})
    public = client.get(f"/results/{result.number}?lang=en").text
    assert "PREVIEW" not in public
    body = re.compile(r'<div class="mc-cols">.*</main>', re.DOTALL)
    before, after = (plain(body.findall(text)[0]) for text in (seen.text, public))
    assert after == before.replace("lang=en&", "")


def test_what_is_withdrawn_has_no_preview(desk, session, concluded) -> None:
    result = proposed(session, concluded.cast, concluded.good)
    session.commit()
    desk.post(f"/desk/result/{result.number}/withdraw", data={"version": result.version, "note": WHY})
    assert desk.get(f"/desk/result/{result.number}/preview").status_code == 409
    assert desk.get(f"/desk/result/{result.number}/preview/phone").status_code == 409
    assert desk.get(f"/desk/result/{result.number}/preview/withdrawn").status_code == 409


def test_who_withdraws_reads_first_what_leaves_and_what_stands_in_its_place(desk, session, concluded) -> None:
    cast = concluded.cast
    result = published(session, cast, concluded.good)
    propose_withdrawal(session, result, WHY, by=cast.coordinator)
    session.commit()
    page = desk.get(f"/desk/result/{result.number}?lang=en").text
    assert f"/results/{result.number}/v1" in plain(page)
    assert "What stays: at each of these addresses" in page
    assert WHY in desk.get("/desk/publishing?what=withdrawal&lang=en").text
    instead = desk.get(f"/desk/result/{result.number}/preview/withdrawn?lang=en").text
    assert ("PREVIEW" in instead, f"Withdrawn on {clock.now():%-d %b}" in instead, WHY in instead) == (True, True, True)
    assert "This version as JSON" in desk.get(f"/desk/result/{result.number}/preview?lang=en").text

    answer = desk.post(f"/desk/result/{result.number}/withdraw", data={"version": result.version, "note": WHY})

    assert answer.status_code == 302
    assert WHY not in desk.get("/desk/publishing?what=withdrawal&lang=en").text


def test_a_proposal_is_looked_at_before_it_is_made(app, session, concluded) -> None:
    cast = concluded.cast
    give_password(session, cast.coordinator.person)
    published(session, cast, concluded.good)
    session.commit()
    coordinator = sign_in(app, cast.coordinator)
    address = f"/desk/finding/{concluded.good.number}/propose_result"
    version = re.findall(r'name="version" value="(\d+)"', coordinator.get(address).text)[0]

    seen = coordinator.post(
        f"{address}?lang=en", data={"version": version, "reason": "补充说明", "remark": "已召回", "check": "1"}
    )

    assert seen.status_code == 200
    assert "已召回" in plain(seen.text[seen.text.index("What changes for the public") :])
    assert "补充说明" in seen.text
    assert not listed(session, cast.reviewer, Waits.CORRECTION).lines  # it was only looked at
