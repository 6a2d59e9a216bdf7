"""One drawn listing on its way, and the story that takes it from step to step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from quality.demonstration.days import moment, spread
from quality.demonstration.people import LABORATORIES, ORGANISATIONS, PLATFORMS, organisation
from quality.demonstration.roads import PACES, schedule
from quality.demonstration.script import Fate, fate_of
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.evidence.models import EvidenceKind
from quality.lab.models import Finding
from quality.objections.models import Objection
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases.models import Sample, Task


@dataclass
class Life:
    """The rows that a listing has come to so far, by their ids."""

    stage: Stage
    campaign: str
    fate: Fate
    task_id: int
    number: str  # of the task
    place: str  # in the draw, the same in whichever year it is
    category: str
    listing: Mapping[str, str]  # what its platform did not say is empty
    platform: str  # code
    sample_id: int = 0
    finding_id: int = 0
    objection_id: int = 0
    reports: list[str] = field(default_factory=list)  # numbers, the last in force

    @property
    def task(self) -> Task:
        return self.stage.session.get_one(Task, self.task_id)

    @property
    def sample(self) -> Sample:
        return self.stage.session.get_one(Sample, self.sample_id)

    @property
    def finding(self) -> Finding:
        return self.stage.session.get_one(Finding, self.finding_id)

    @property
    def objection(self) -> Objection:
        return self.stage.session.get_one(Objection, self.objection_id)

    @property
    def buyer(self) -> Actor:
        return self.stage.who("buyer" if spread(f"{self.place}, buyer", 2) else "buyer2")

    def laboratory(self, further: int = 0) -> Organisation:
        """Each platform's goods have a laboratory of their own; the one `further` re-inspects."""
        place = PLATFORMS.index(self.platform) + further
        return organisation(self.stage.session, LABORATORIES[place % len(LABORATORIES)])

    def show(self, kind: EvidenceKind, *lines: str) -> None:
        """A picture by the buyer, of the task."""
        self.stage.show(self.task, kind, self.buyer, *lines, category=self.category)


Deed = Callable[[Life], None]


def life_of(stage: Stage, campaign: str, task: Task) -> Life:
    drawn = task.drawn
    platform, category = drawn.stratum.split("/")
    return Life(
        stage,
        campaign,
        fate_of(campaign, drawn),
        task.id,
        task.number,
        f"{campaign}, {drawn.stratum}, {drawn.role} {drawn.rank}",
        category,
        defaultdict(str, {name: str(value) for name, value in drawn.listing.items() if value is not None}),
        next(code for code, (_kind, name) in ORGANISATIONS.items() if name == platform),
    )


def story_of(life: Life, deeds: Mapping[str, Deed]) -> Story:
    """Step by step along its road, each on its day."""
    base, almanac = life.stage.base[life.campaign], life.stage.almanac
    for step, day in schedule(life.fate.road, base - life.fate.ago):
        yield moment(almanac.working(day), PACES[step].hour, f"{life.number}, {step}")
        deeds.get(step, nothing)(life)


def nothing(_life: Life) -> None:
    """A step of which nobody does anything."""
