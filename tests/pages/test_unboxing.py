"""Unboxing on the phone, page after page, to a sealed sample with its labels scanned; and what is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.documents.models import Language
from quality.lab.operations import propose_label_finding
from quality.purchases.models import PortionKind, Sample, SampleStatus, Task, TaskStatus
from quality.purchases.operations import scan_label
from quality.purchases.operations.papers import ask_for_label
from quality.purchases.seals import issue_seals, set_series
from tests.evidence.files import little_picture
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.field import Telephone
from tests.harness.labels import sealed_with
from tests.harness.people import Cast
from tests.harness.purchases import NUMBERS, open_campaign, received_task, sealed_sample, task_at

pytestmark = on_sqlite


@pytest.fixture
def buyer(app: Flask, session: Session, in_field: Cast) -> Any:
    assert in_field.buyer.person
    give_password(session, in_field.buyer.person)
    session.commit()
    return sign_in(app, in_field.buyer)


def picture() -> dict[str, Any]:
    return {"pictures": "1", "file": (io.BytesIO(little_picture(next(NUMBERS))), "p.jpg")}


def code_of(session: Session, portion: Any, cast: Cast) -> str:
    """What the QR of its label says."""
    return f"http://localhost/verify/{ask_for_label(session, portion, Language.ZH, by=cast.buyer).code}"


def say_what_the_label_bears(buyer: Any, here: str, version: int) -> None:
    checked = buyer.post(f"{here}/label", data={"version": version, "problems": ["warnings"]})
    assert checked.headers["Location"].endswith("/portions")
    said = {"product_name": "磁力棒", "test_quantity": "2 件", "backup_quantity": "1 件"}
    assert buyer.post(f"{here}/portions", data=said | {"product_name": ""}).status_code == 422
    assert buyer.post(f"{here}/portions", data=said).status_code == 302


def scan_both(session: Session, cast: Cast, buyer: Any, sample: Sample, labels: str) -> None:
    codes = [code_of(session, portion, cast) for portion in sample.portions]
    session.commit()
    assert "Not scanned yet" in buyer.get(labels).text
    assert buyer.post(labels, data={"label": codes[0]}).status_code == 302
    assert buyer.post(labels, data={"label": codes[0]}).status_code == 302  # twice is once
    assert buyer.post(labels, data={"label": sample.portion(PortionKind.BACKUP).blind_no}).status_code == 302
    assert "Both labels are where they belong." in buyer.get(labels).text
    record = buyer.get(f"/desk/sample/{sample.number}").text
    assert record.count("scanned the label on its portion") == 2


def test_from_the_closed_parcel_to_a_sample_with_its_labels(session: Session, in_field: Cast, buyer: Any) -> None:
    cast, task = in_field, received_task(session, in_field)
    set_series(session, "YZ", False, edition=0, by=cast.coordinator)
    one, two, *_rest = issue_seals(session, 10, by=cast.coordinator).numbers
    session.commit()
    here = f"/desk/task/{task.number}/unboxing"
    assert f'href="{here}"' in buyer.get(f"/desk/task/{task.number}").text
    assert buyer.get(here).headers["Location"].endswith("/parcel")
    empty = buyer.post(f"{here}/parcel", data={"pictures": "1"})
    assert empty.status_code == 422
    for page in ("parcel", "packaging", "marks", "seal-test", "seal-backup"):
        assert buyer.post(f"{here}/{page}", data=picture()).status_code == 302
    assert "Done" in buyer.get(f"{here}/parcel").text
    assert buyer.get(here).headers["Location"].endswith("/label")
    assert "Film it in one go" in buyer.get(f"{here}/opening").text
    session.expire_all()
    version = session.get_one(Task, task.id).version
    say_what_the_label_bears(buyer, here, version)
    slip = one[:-1] + ("A" if one[-1] != "A" else "B")
    refused = buyer.post(f"{here}/seal-test", data={"test_seal_no": slip})
    assert refused.status_code == 422 and "its check character does not fit" in refused.text and slip in refused.text
    address = buyer.post(f"{here}/seal-test", data={"test_seal_no": "https://item.example/1"})
    assert "This is an address, not a seal number" in address.text
    assert buyer.post(f"{here}/seal-test", data={"test_seal_no": one}).status_code == 302
    same = buyer.post(f"{here}/seal-backup", data={"backup_seal_no": one})
    assert same.status_code == 422 and "each has a seal of its own" in same.text
    before = buyer.get(f"/desk/task/{task.number}/dispatch")
    assert before.status_code == 409 and "Nothing is dispatched before it is sealed" in before.text
    early = buyer.post(f"{here}/seal", data={"version": 1, "remark": ""})
    assert early.status_code in {409, 422}
    assert buyer.post(f"{here}/seal-backup", data={"backup_seal_no": two}).status_code == 302
    assert buyer.get(here).headers["Location"].endswith("/seal")
    assert one in buyer.get(f"{here}/seal").text
    session.expire_all()
    version = session.get_one(Task, task.id).version
    done = buyer.post(f"{here}/seal", data={"version": version, "remark": "外箱有压痕"})
    assert done.status_code == 302, done.text
    session.expire_all()
    sample = session.get_one(Task, task.id).sample
    assert sample is not None and sample.remark == "外箱有压痕"
    assert session.get_one(Task, task.id).status is TaskStatus.SEALED
    assert buyer.get(here).status_code == 409
    assert buyer.get(f"/desk/task/{task.number}/dispatch").headers["Location"].endswith("/dispatch")

    scan_both(session, cast, buyer, sample, done.headers["Location"])


def test_the_label_of_another_campaign_or_sample_is_named(session: Session, in_field: Cast, buyer: Any) -> None:
    cast, mine = in_field, sealed_sample(session, in_field)
    beside = sealed_sample(session, cast)
    other, session.info["planned"] = open_campaign(session, cast)
    elsewhere = sealed_sample(session, cast)
    assert elsewhere.campaign.id == other.id != mine.campaign.id
    codes = [code_of(session, each.portion(PortionKind.TEST), cast) for each in (beside, elsewhere)]
    task = task_at(session, cast, TaskStatus.RECEIVED)
    session.commit()
    labels = f"/desk/sample/{mine.number}/labels"
    assert f"This label is of sample {beside.number}" in buyer.post(labels, data={"label": codes[0]}).text
    foreign = buyer.post(labels, data={"label": codes[1]})
    assert foreign.status_code == 422
    assert "This label is of another campaign" in foreign.text and elsewhere.number in foreign.text
    assert "This is no label of a portion" in buyer.post(labels, data={"label": "8801234"}).text
    assert buyer.post(labels, data={"label": ""}).status_code == 422
    seal = buyer.post(f"/desk/task/{task.number}/unboxing/seal-test", data={"test_seal_no": codes[1]})
    assert seal.status_code == 422 and "of another sample; scan the seal itself" in seal.text


def test_what_a_telephone_sent_and_was_refused_is_mended_at_its_page(
    app: Flask, session: Session, in_field: Cast, buyer: Any
) -> None:
    cast, task, sample = in_field, task_at(session, in_field, TaskStatus.RECEIVED), sealed_sample(session, in_field)
    session.commit()
    telephone = Telephone(app, session, cast.buyer)
    said = {"product_name": "磁力棒", "test_quantity": "2 件", "backup_quantity": "1 件"}
    kept = telephone.send("move", task.number, name="unbox_portions", fields=said)
    used = telephone.send(
        "move", task.number, name="unbox_seal_test", fields={"test_seal_no": sample.portion(PortionKind.TEST).seal_no}
    )
    label = telephone.send("move", sample.number, name="scan_label", fields={"label": "8801234"})
    became = telephone.became(kept, used, label)
    assert became[kept]["state"] == "safe"
    assert "used before" in became[used]["reason"]
    assert "no label of a portion" in became[label]["reason"]
    assert "磁力棒" in buyer.get(f"/desk/task/{task.number}/unboxing/portions").text
    lines = buyer.get("/desk/pieces/").text
    assert "Seal of the test portion" in lines and "Label on the portion" in lines

    mend = buyer.get(became[used]["mend"]).headers["Location"]
    assert "/unboxing/seal-test?piece=" in mend and "used before" in buyer.get(mend).text
    assert buyer.post(mend, data={"test_seal_no": "QH-1"}).headers["Location"].endswith("/seal-backup")
    scan = buyer.get(became[label]["mend"]).headers["Location"]
    assert 'value="8801234"' in buyer.get(scan).text
    blind = sample.portion(PortionKind.TEST).blind_no
    assert buyer.post(scan, data={"label": blind}).status_code == 302
    assert {each["state"] for each in telephone.became(used, label).values()} == {"refused"}
    assert all(each["settled"] for each in telephone.became(used, label).values())


def dispatching(cast: Cast, sample: Sample, **more: Any) -> dict[str, Any]:
    sent = {"laboratory": str(cast.laboratory.id), "courier": "顺达快递", "parcel_no": "SD-77", "no_photo": "未带相机"}
    return {"version": sample.version, "despite": "就近送检"} | sent | more


def test_what_was_not_scanned_is_sent_with_a_reason_that_everybody_reads(
    session: Session, in_field: Cast, buyer: Any
) -> None:
    cast, sample = in_field, sealed_sample(session, in_field)
    session.commit()
    here, blind = f"/desk/sample/{sample.number}", sample.portion(PortionKind.TEST).blind_no
    page = buyer.get(here).text
    assert page.count("Label not scanned") == 2 and f"{here}/labels" in page
    form = buyer.get(f"{here}/dispatch").text
    assert "Scan its label" in form and f"{here}/labels" in form and 'name="no_scan"' in form
    refused = buyer.post(f"{here}/dispatch", data=dispatching(cast, sample))
    assert refused.status_code == 422
    assert f"The label of the test portion, {blind}, was not scanned: scan it first" in refused.text
    assert 'value="SD-77"' in refused.text and "就近送检" in refused.text, "what was typed is there"
    assert buyer.post(f"{here}/dispatch", data=dispatching(cast, sample, no_scan="标签已湿")).status_code == 302
    record = buyer.get(here).text
    assert "sent it although its label was not scanned" in record
    assert record.count("标签已湿") == 2, "in the record, and in the chain of custody"
    beside = sealed_sample(session, cast)
    session.commit()
    chinese = buyer.post(f"/desk/sample/{beside.number}/dispatch?lang=zh", data=dispatching(cast, beside))
    assert f"检验样品标签 {beside.portion(PortionKind.TEST).blind_no} 尚未扫码核对" in chinese.text


def test_what_was_scanned_is_sent_and_nobody_is_asked(session: Session, in_field: Cast, buyer: Any) -> None:
    cast, sample = in_field, sealed_sample(session, in_field)
    scan_label(session, sample.portion(PortionKind.TEST), by=cast.buyer)
    session.commit()
    here = f"/desk/sample/{sample.number}"
    form = buyer.get(f"{here}/dispatch").text
    assert 'name="no_scan"' not in form and "Scan its label" not in form
    assert buyer.post(f"{here}/dispatch", data=dispatching(cast, sample)).status_code == 302
    page = buyer.get(here).text
    assert page.count("Label not scanned") == 1, "the backup is here still"


def test_a_dispatch_from_a_telephone_without_a_scan_comes_back_to_its_page(
    app: Flask, session: Session, in_field: Cast, buyer: Any
) -> None:
    cast = in_field
    one, two, three = (sealed_sample(session, cast) for _three in range(3))
    session.commit()
    telephone = Telephone(app, session, cast.buyer)
    typed = {name: value for name, value in dispatching(cast, one).items() if name != "version"}
    plain = telephone.send("move", one.number, name="dispatch", fields=typed)
    said = telephone.send("move", two.number, name="dispatch", fields=typed | {"no_scan": "标签已湿"})
    scan = telephone.send(
        "move", three.number, name="scan_label", fields={"label": three.portion(PortionKind.TEST).blind_no}
    )
    after = telephone.send("move", three.number, name="dispatch", fields=typed | {"no_scan": ""})
    became = telephone.became(plain, said, scan, after)
    assert [became[each]["state"] for each in (said, scan, after)] == ["safe"] * 3
    assert "was not scanned: scan it first" in became[plain]["reason"]
    mend = buyer.get(became[plain]["mend"]).headers["Location"]
    page = buyer.get(mend).text
    assert "/dispatch?piece=" in mend and 'value="SD-77"' in page and "Scan its label" in page
    again = dispatching(cast, session.get_one(Sample, one.id), no_scan="标签已湿")
    assert buyer.post(mend, data=again).status_code == 302
    session.expire_all()
    assert [session.get_one(Sample, each.id).status for each in (one, two, three)] == ["dispatched"] * 3


def test_a_sample_whose_label_finding_waits_is_not_sent(app: Flask, session: Session, in_field: Cast) -> None:
    cast, sample = in_field, sealed_with(session, in_field, "warnings")
    finding = propose_label_finding(session, sample, by=cast.coordinator)
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    desk, here = sign_in(app, cast.coordinator), f"/desk/sample/{sample.number}"
    page = desk.get(here).text
    why = f"Finding {finding.number} on its label waits for a reviewer"
    assert why in page, "the move is there, greyed, and says what it waits for"
    assert "The agency looked at the label: it is missing, or wrong." in page
    assert "laboratory found" not in page and "certificate of this laboratory" not in page, "none has seen it"
    refused = desk.post(f"{here}/dispatch", data=dispatching(cast, sample, no_scan="标签已湿"))
    assert refused.status_code == 409 and why in refused.text
    session.expire_all()
    assert session.get_one(Sample, sample.id).status is SampleStatus.SEALED


def test_seals_are_issued_on_a_page(app: Flask, session: Session, in_field: Cast) -> None:
    assert in_field.coordinator.person
    give_password(session, in_field.coordinator.person)
    session.commit()
    desk = sign_in(app, in_field.coordinator)
    assert "any seal number is taken as it is typed" in desk.get("/desk/seals/").text
    bad = desk.post("/desk/seals/", data={"version": 0, "prefix": "Y-1", "others_too": "yes"})
    assert bad.status_code == 422 and "Y-1" in bad.text
    assert desk.post("/desk/seals/", data={"version": 0, "prefix": "yz"}).status_code == 302
    assert desk.post("/desk/seals/", data={"version": 0, "prefix": "yy"}).status_code == 409
    assert desk.post("/desk/seals/issue", data={"many": "0"}).status_code == 422
    assert desk.post("/desk/seals/issue", data={"many": "12"}).status_code == 302
    page = desk.get("/desk/seals/").text
    assert "YZ-000001-" in page
    table = desk.get("/desk/seals/issued.csv?batch=1").text
    assert table.splitlines()[0] == "seal_no" and len(table.splitlines()) == 13
    assert desk.get("/desk/seals/issued.csv?batch=99").status_code == 404
