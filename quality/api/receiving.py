"""At a laboratory's door: a sample is taken in, turned away, or stopped before it is tested."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.custody import NoPhoto, Photos, seen_of
from quality.api.door import takes, told
from quality.api.idempotency import once
from quality.api.lab import SAMPLES, a_sample, samples
from quality.api.reading import sent
from quality.api.shapes import Celsius, Changed, Line, Moment, Paragraph, Sent, Sha256, Version
from quality.core.db import db
from quality.lab import operations
from quality.lab.models import Refusal
from quality.people.access import me, needs
from quality.permissions import Can
from quality.purchases.models import PortionStatus, Untested

DOORS = [samples]


class SampleReceipt(Sent):
    version: Version | None = None
    seal_no: Line = Field("", description="As you read it; left out: the one it was sent with")
    seal_intact: bool = Field(description="With a broken seal it is only refused")
    condition: Line = Field("", description="Packaging, temperature, what can be seen")
    parcel_no: Line = Field("", description="Where a courier brought it")
    temperature: Celsius = None
    received_at: Moment = Field(description="Not before it was sent, not in the future")
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class TurningAway(Sent):
    version: Version | None = None
    reason: Paragraph = Field(min_length=1, description="What you saw, in writing")
    cause: Refusal = Field(Refusal.OTHER, strict=False)
    seal_no: Line = Field("", description="As you read it")
    received_at: Moment | None = Field(None, description="When it came")
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class Stopping(Sent):
    version: Version | None = None
    kind: Untested = Field(strict=False, description="What you suspect")
    reason: Paragraph = Field(min_length=1, description="What you saw, in writing")
    evidence: list[Sha256] = Field([], max_length=50, description="sha256 of files that you sent before as `suspicion`")


@samples.post("/lab/samples/<blind_no>/receive", summary="Take a sample in", responses={200: Changed, 202: Changed})
@once
@needs(Can.SAMPLE_RECEIVE, once_found=True)
@takes(body=SampleReceipt)
def receive_sample(blind_no: str) -> ResponseReturnValue:
    """With a broken seal, or another than it was sent with, it can only be refused.

    202: it came, and is `held` at your door: its chain of custody has a gap (another parcel number than it was sent
    under, a temperature out of range, a side that nobody confirmed). The agency is asked; once the sample is
    `dispatched` again, take it in.
    """
    portion = a_sample(blind_no, "take_in")
    said = sent(SampleReceipt).model_dump()
    said["seal_no"] = said["seal_no"] or portion.seal_no
    operations.receive(db.session(), portion, by=me, seen=seen_of(said), **said)
    return told(SAMPLES.changed(portion), 202 if portion.status == PortionStatus.HELD else 200)


@samples.post("/lab/samples/<blind_no>/refuse", summary="Turn a sample away, in writing", responses={200: Changed})
@once
@needs(Can.SAMPLE_RECEIVE, once_found=True)
@takes(body=TurningAway)
def refuse_sample(blind_no: str) -> ResponseReturnValue:
    portion = a_sample(blind_no, "turn_away")
    said = sent(TurningAway).model_dump()
    operations.refuse(db.session(), portion, said.pop("reason"), by=me, seen=seen_of(said), **said)
    return told(SAMPLES.changed(portion))


@samples.post("/lab/samples/<blind_no>/stop", summary="Stop before testing: suspected goods", responses={200: Changed})
@once
@needs(Can.SAMPLE_RECEIVE, once_found=True)
@takes(body=Stopping)
def stop_sample(blind_no: str) -> ResponseReturnValue:
    """Nothing is tested, and no time runs, until the agency has decided."""
    portion = a_sample(blind_no, "stop")
    said = sent(Stopping).model_dump()
    operations.stop_testing(db.session(), portion, said.pop("kind"), said.pop("reason"), by=me, **said)
    return told(SAMPLES.changed(portion))
