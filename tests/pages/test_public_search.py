"""The public searches results, and asks whether a document is genuine: plain answers, whatever is typed."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.core.clock import BEIJING, rfc3339
from quality.documents.codes import new_code
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.notices.models import Notice, NoticeStatus
from quality.notices.queries import in_its_status_since
from quality.publication.models import Result
from quality.publication.operations import propose, publish, withdraw
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, published_result
from tests.harness.notices import notice_at, reopened, taken_back
from tests.harness.people import Cast

pytestmark = on_sqlite


@pytest.fixture
def result(session: Session, cast: Cast, world: World) -> Result:
    return session.scalars(sa.select(Result).where(Result.number == world["result"])).one()


@pytest.fixture
def notice(session: Session, cast: Cast, world: World) -> Notice:
    return session.scalars(sa.select(Notice).where(Notice.number == world["notice"])).one()


def test_results_are_found_by_words_and_filters_in_both_forms(client, result: Result) -> None:
    copy = result.copy
    for asked in (
        {"q": "玩具"},
        {"q": result.number.lower()},
        {"platform": copy["platform"]["code"], "category": copy["campaign"]["category"], "verdict": copy["verdict"]},
        {"campaign": copy["campaign"]["number"].lower(), "from": "2020-01-01", "to": "2099-12-31"},
        {"q": "", "platform": "", "colour": "red", "page": "7"},
    ):
        assert result.number in client.get("/results", query_string=asked).text, asked
        said = client.get("/results.json", query_string=asked).json
        assert [each["number"] for each in said["items"]] == [result.number], asked
    assert client.get("/results.json?q=充电器").json == {"items": [], "next": None}
    assert "Nothing published matches this" in client.get("/results?q=充电器&lang=en").text


def test_what_limits_the_list_is_said_and_each_can_be_cleared(client: FlaskClient, result: Result) -> None:
    page = client.get("/results?q=玩具&verdict=nonconforming&lang=en").text
    assert "Conclusion: Nonconforming" in page
    assert 'href="/results?verdict=nonconforming&amp;lang=en" aria-label="Clear Search"' in page
    assert 'value="nonconforming" selected' in page
    assert "Clear all" in page


def test_the_next_page_keeps_what_was_asked(client, session, cast, result, monkeypatch) -> None:
    from quality.pages.views import public

    monkeypatch.setattr(public, "A_PAGE", 1)
    published_result(session, cast)
    first = client.get("/results?q=玩具&verdict=nonconforming&lang=en").text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = client.get(following.replace("&amp;", "&")).text

    assert "verdict=nonconforming" in following
    assert result.number in second
    assert result.number not in first
    assert "Back to the start" in second


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"q": "长" * 300}, "Keep to 100 characters"),
        ({"from": "yesterday"}, "Write a day as 2026-10-09"),
        ({"from": "0001-01-01"}, "Write a day as 2026-10-09"),
        ({"to": "9999-12-31"}, "Write a day as 2026-10-09"),
        ({"to": "2026-02-30"}, "Write a day as 2026-10-09"),
        ({"from": "2062-01-01"}, "still to come"),
        ({"from": "2026-05-01", "to": "2026-04-01"}, "not before the first"),
        ({"verdict": "excellent"}, "Choose conforming or nonconforming"),
        ({"cursor": "yesterday"}, "Begin again at the first page"),
        ({"cursor": "2026-01-01T00:00:00,1"}, "Begin again at the first page"),
        ({"cursor": "0001-01-01T00:00:00+08:00,1"}, "Begin again at the first page"),
        ({"cursor": "2026-01-01T00:00:00Z,99999999999999999999"}, "Begin again at the first page"),
    ],
)
def test_nonsense_gets_a_sentence_and_the_form_is_kept(client, result, asked, says) -> None:
    page = client.get("/results", query_string={"platform": "P-1", "lang": "en"} | asked)
    assert page.status_code == 422
    assert says in page.text
    assert 'value="P-1" selected' in page.text
    problem = client.get("/results.json", query_string=asked, headers={"Accept-Language": "en"})
    assert (problem.status_code, problem.mimetype) == (422, "application/problem+json")
    assert problem.json["errors"][0]["field"] in asked


@pytest.mark.parametrize(
    "typed", ["🧸", "\x00", "玩\u202e具", "%", "_", "' OR 1=1", "<script>", "\ud7ff\u0301", "*" * 100]
)
def test_any_character_may_be_looked_for(client, result, typed) -> None:
    for name in ("q", "platform", "category", "campaign"):
        answer = client.get("/results", query_string={name: typed})
        assert answer.status_code == 200, name
        assert "<script>" not in answer.text
    found = client.get("/results.json", query_string={"q": typed}).json["items"]
    assert len(found) == (typed in ("\x00", "玩\u202e具")), "what nobody sees is not looked for"
    assert client.get("/results?q=%00%ff%fe").status_code == 200


def test_a_withdrawn_result_is_not_found(client, session: Session, cast: Cast, result: Result) -> None:
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    assert client.get("/results.json?q=玩具").json["items"] == []


def test_a_code_tells_whether_a_notice_is_in_force_and_nothing_of_what_it_says(client, session, cast, notice) -> None:
    code, item = notice.verification_code, notice.items[0]
    page = client.get(f"/verify/{code}?lang=en").text
    said = client.get(f"/verify/{code}.json").json

    assert "Genuine and in force" in page
    assert (said["state"], said["number"], said["agency"]) == ("genuine", notice.number, notice.agency.name)
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE)
    assert document and said["sha256"] == document.sha256
    assert {"code", "state", "number", "agency", "issued_at", "sha256", "since"} <= set(said)
    secrets = [item.listing_id, notice.platform.name, notice.legal_basis, notice.reasons, notice.drafted_by.name]
    assert [text for text in secrets if text in page] == []

    taken_back(session, cast, notice, "结论被推翻")
    assert "Genuine, but withdrawn on" in client.get(f"/verify/{code}?lang=en").text


def test_a_code_tells_that_a_notice_is_closed_or_open_again_and_since_when(client, session, cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.CLOSED)
    address = f"/verify/{notice.verification_code}"
    closed_at = said_at(session, notice)

    page, said = client.get(f"{address}?lang=en"), client.get(f"{address}.json").json
    assert f"Genuine, closed on {shown_in_english(closed_at)}" in page.text
    assert (said["state"], said["since"]) == ("closed", rfc3339(closed_at))
    assert re.search("真实，已于[^<]*日结案", client.get(address).text)

    cast.clock.advance(days=2)
    reopened(session, cast, notice.items[0])
    session.commit()
    again = client.get(f"{address}?lang=en", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, client.get(f"{address}.json").json["state"]) == (200, "reopened")
    assert f"in force, reopened on {shown_in_english(said_at(session, notice))}" in again.text


def said_at(session: Session, notice: Notice) -> datetime:
    moment = in_its_status_since(session, notice)
    assert moment
    return moment


def shown_in_english(moment: datetime) -> str:
    on = moment.astimezone(BEIJING)
    return f"{on.day} {on:%b %Y}"


def test_a_code_may_be_typed_as_people_type(client: FlaskClient, notice: Notice) -> None:
    code = notice.verification_code
    assert code
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code.replace("-", "")).lower()
    for typed in (
        code.lower(),
        code.replace("-", ""),
        f"  {code} ",
        code.replace("-", " "),
        wide,
        code.replace("-", "—"),
    ):
        answer = client.get("/verify", query_string={"code": typed})
        assert (answer.status_code, answer.location) == (303, f"/verify/{code}"), typed
        assert "真实有效" in client.get(f"/verify/{typed.strip()}").text


def test_an_unknown_code_is_said_to_be_unknown(client) -> None:
    unknown = client.get(f"/verify/{new_code()}?lang=en")
    assert unknown.status_code == 404
    assert "do not rely on it" in unknown.text
    assert client.get(f"/verify/{new_code()}.json").json["state"] == "unknown"


@pytest.mark.parametrize("typed", ["7F3K-92QD-4B8", "0000-0000-0000", "🧸", "%", "7" * 500, "<b>", "\x00"])
def test_what_cannot_be_a_code_goes_back_to_the_form(client, typed: str) -> None:
    assert client.get("/verify", query_string={"code": typed}).status_code == (200 if typed == "\x00" else 422)
    answer = client.get("/verify/" + typed.replace("%", "%25").replace("\x00", "%00"))
    assert answer.status_code == 422
    assert "<b>" not in answer.text
    assert client.get("/verify/nonsense.json").json["errors"][0]["field"] == "code"
    assert "核验码" in client.get("/verify").text


def test_an_edition_is_verified_by_the_hash_of_its_copy(client, session: Session, cast: Cast, result: Result) -> None:
    assert client.get(f"/verify/{result.copy_sha256.upper()}.json").json["state"] == "genuine"
    later = propose(session, result.finding, by=cast.coordinator, reason="更正规格")
    assert client.get(f"/verify/{later.copy_sha256}.json").json["state"] == "unknown"
    publish(session, later, by=cast.reviewer)
    assert client.get(f"/verify/{result.copy_sha256}.json").json["state"] == "superseded"
    assert f"{result.number}/v1" in client.get(f"/verify/{result.copy_sha256}").text
    withdraw(session, later, "检验方法有误", by=cast.reviewer)
    assert client.get(f"/verify/{later.copy_sha256}.json").json["state"] == "withdrawn"


def addresses(result: Result, notice: Notice) -> list[str]:
    own = f"/results/{result.number}"
    campaign = result.copy["campaign"]["number"]
    pages = ["/", "/results", "/results?q=玩具", own, f"{own}/v1", f"/campaigns/{campaign}", f"/draws/{campaign}"]
    data = ["/results.json", f"{own}.json", f"{own}/v1.json", f"/draws/{campaign}.json"]
    return [*pages, *data, "/verify", f"/verify/{notice.verification_code}"]


def test_nobody_sees_another_page_than_everybody(client, cast: Cast, result, notice, sign_in) -> None:
    one, other = sign_in(cast.coordinator), sign_in(cast.desk)
    for address in addresses(result, notice):
        answers = [each.get(address) for each in (client, one, other)]
        assert len({answer.data for answer in answers}) == 1, address
        assert len({answer.headers["ETag"] for answer in answers}) == 1, address
        for answer in answers:
            assert "Set-Cookie" not in answer.headers, address
            assert "Cookie" not in answer.headers.get("Vary", ""), address


def test_what_did_not_change_is_not_sent_again_in_any_form(client: FlaskClient, result, notice) -> None:
    for address in addresses(result, notice):
        first = client.get(address)
        etag = first.headers["ETag"]
        again = client.get(address, headers={"If-None-Match": f'"other", {etag}'})
        head = client.head(address)
        assert (first.status_code, etag[:1]) == (200, '"'), f"{address}: a weak ETag"
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag), address
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", etag), address
        assert head.headers["Content-Length"] == first.headers["Content-Length"], address
        assert "public" in first.headers["Cache-Control"]
        if not address.endswith(".json"):
            english = client.get(f"{address}{'&' if '?' in address else '?'}lang=en")
            assert english.headers["ETag"] != etag, address


def test_what_is_gone_is_gone_whatever_was_kept(client, session: Session, cast: Cast, result: Result) -> None:
    withdraw(session, result, "检验方法有误", by=cast.reviewer)
    answer = client.get(f"/results/{result.number}", headers={"If-None-Match": "*"})
    assert answer.status_code == 410


def test_a_result_begins_with_the_answer_and_tells_who_says_what(client, result: Result) -> None:
    page = client.get(f"/results/{result.number}?lang=en").text
    order = ["do not meet the requirement: 磁通量指数", "If you bought this batch", "What was tested", "What happened"]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    assert '<li class="mc-said"><time' in page
    assert "cannot be bought" in page
    assert f"/verify/{result.copy_sha256}" in page
    assert f"/results/{result.number}/v1.json" in page


def test_an_old_version_says_what_is_in_force_or_that_all_was_withdrawn(client, session, cast, result) -> None:
    later = propose(session, result.finding, by=cast.coordinator, reason="更正规格")
    assert client.get(f"/results/{result.number}/v2").status_code == 404, "it is only proposed"
    publish(session, later, by=cast.reviewer)
    old = client.get(f"/results/{result.number}/v1?lang=en").text
    assert "A later version is in force" in old
    assert "更正规格" in client.get(f"/results/{result.number}").text

    withdraw(session, later, "检验方法有误", by=cast.reviewer)
    for edition in ("", "/v1", "/v2"):  # what was taken back is not read by its old address either
        gone = client.get(f"/results/{result.number}{edition}?lang=en")
        assert (gone.status_code, "检验方法有误" in gone.text, "is in force" in gone.text) == (410, True, False)


def test_a_filter_says_how_many_it_leaves_and_is_a_link(client: FlaskClient, session, cast, result: Result) -> None:
    published_result(session, cast)
    page = client.get("/results?lang=en").text
    platform = result.copy["platform"]
    assert f'<option value="{platform["code"]}">{platform["name"]} (2)</option>' in page
    assert "Results found: 2" in page
    one = client.get(f"/results?platform={platform['code']}&region=浙江&lang=en").text
    assert 'value="浙江" selected>Zhejiang (0)' in one
    assert re.search(r"Nothing at all is published with:.*Region: Zhejiang", one, re.S)
    assert f'href="/results?platform={platform["code"]}&amp;lang=en">Take it away: 2 results' in one


def test_behind_the_end_a_list_says_that_it_has_ended(client: FlaskClient, result: Result) -> None:
    page = client.get("/results?cursor=2001-01-01T00:00:00%2B08:00,1&lang=en").text
    assert "The list ends before this place" in page
    assert "Back to the start" in page
    assert result.number in client.get("/results?page=9999&lang=en").text, "a list has no numbered pages"
