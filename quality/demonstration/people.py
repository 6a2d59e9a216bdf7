"""Who plays in the demonstration: an agency, three laboratories, three platforms, and the people who work there."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.core.workflow import record
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership, Organisation, OrganisationKind, Person
from quality.people.operations import add_organisation, find_organisation, invite_person
from quality.permissions import Role

AGENCY, REGION = "YZ", "180100"  # no province has this code
LABORATORIES = LABORATORY, SECOND_LABORATORY, THIRD_LABORATORY = "YZJY", "LPJC", "NYQG"
PLATFORMS = PLATFORM, SECOND_PLATFORM, THIRD_PLATFORM = "TANGLI", "LUMING", "CHUANYE"
DOMAIN = "@demo.example"  # nobody can receive mail there (RFC 2606), and the sign-in form takes it

# fmt: off
ORGANISATIONS = {
    AGENCY:            (OrganisationKind.AGENCY,     "云州市市场监督管理局"),
    LABORATORY:        (OrganisationKind.LABORATORY, "云州市产品质量检验研究院"),
    SECOND_LABORATORY: (OrganisationKind.LABORATORY, "临浦质量检验检测中心"),
    THIRD_LABORATORY:  (OrganisationKind.LABORATORY, "南屿轻工产品检测中心"),
    PLATFORM:          (OrganisationKind.PLATFORM,   "棠梨商城"),
    SECOND_PLATFORM:   (OrganisationKind.PLATFORM,   "鹿鸣优选"),
    THIRD_PLATFORM:    (OrganisationKind.PLATFORM,   "川野集市"),
}
BEGINS_WITH: dict[str, Text] = {  # by the address before the @
    "coordinator": _("Worklist: what is overdue, what is due today; claims of platforms to be seen for yourself"),
    "reviewer":    _("Findings to confirm, a notice and a plan to approve, a result to publish"),
    "reviewer2":   _("Steps of corrections to confirm; announcements are of a reviewer who did not order"),
    "buyer":       _("Tasks: some to order, some parcels to check and seal"),
    "buyer2":      _("Tasks: some to order, some parcels to check and seal"),
    "admin":       _("Sees no case: people and keys only"),
    "analyst":     _("Portions: some to take in, some to test, and nothing says what they are"),
    "signatory":   _("Reports: some wait for your signature"),
    "analyst2":    _("Portions: some to take in, some to test, and nothing says which is a re-inspection"),
    "signatory2":  _("Reports: some wait for your signature"),
    "analyst3":    _("Portions: some to take in, some to test, and nothing says which is a re-inspection"),
    "signatory3":  _("Reports: some wait for your signature"),
    "platform":    _("Notices: one to answer, and one reopened because its listing came back"),
    "reader":      _("Notices to read: nothing here is answered or acknowledged"),
    "engineer":    _("Delivery settings, and keys of your own; no notices"),
    "platform2":   _("Notices: one answered in part, a listing sent back to you, and one not opened yet"),
    "platform3":   _("Notices: one that is overdue, and one answered that waits for the agency"),
}


class Player(NamedTuple):
    address: str
    name: str
    organisation: str
    role: Role

    @property
    def email(self) -> str:
        return self.address + DOMAIN


PLAYERS = [
    Player("coordinator", "周予安", AGENCY,            Role.COORDINATOR),
    Player("reviewer",    "林知远", AGENCY,            Role.REVIEWER),
    Player("reviewer2",   "苏景行", AGENCY,            Role.REVIEWER),
    Player("buyer",       "许清和", AGENCY,            Role.BUYER),
    Player("buyer2",      "白芷若", AGENCY,            Role.BUYER),
    Player("admin",       "方砚秋", AGENCY,            Role.ADMIN),
    Player("analyst",     "何书宁", LABORATORY,        Role.ANALYST),
    Player("signatory",   "秦若川", LABORATORY,        Role.SIGNATORY),
    Player("analyst2",    "叶闻笙", SECOND_LABORATORY, Role.ANALYST),
    Player("signatory2",  "顾南星", SECOND_LABORATORY, Role.SIGNATORY),
    Player("analyst3",    "陆知行", THIRD_LABORATORY,  Role.ANALYST),
    Player("signatory3",  "沈岳白", THIRD_LABORATORY,  Role.SIGNATORY),
    Player("platform",    "沈一禾", PLATFORM,          Role.PLATFORM),
    Player("reader",      "叶知秋", PLATFORM,          Role.PLATFORM_READER),
    Player("engineer",    "柳拂舟", PLATFORM,          Role.PLATFORM_ENGINEER),
    Player("platform2",   "唐小舟", SECOND_PLATFORM,   Role.PLATFORM),
    Player("platform3",   "江听雨", THIRD_PLATFORM,    Role.PLATFORM),
]
# fmt: on


def found(session: Session, password_hash: str) -> None:
    """Found the organisations, invite the people, and set everybody's password."""
    for code, (kind, name) in ORGANISATIONS.items():
        region = REGION if kind is OrganisationKind.AGENCY else None
        add_organisation(session, kind=kind, code=code, name=name, region=region, by=SYSTEM)
    for player in PLAYERS:
        membership = invite_person(
            session,
            email=player.email,
            organisation=organisation(session, player.organisation),
            role=player.role,
            by=SYSTEM,
            name=player.name,
        )
        session.flush()
        record(session, membership.person, "choose_password", by=SYSTEM, facts={"password": password_hash})


def are_there(session: Session) -> bool:
    return session.scalars(sa.select(Person.id).where(Person.email == PLAYERS[0].email)).first() is not None


def organisation(session: Session, code: str) -> Organisation:
    there = find_organisation(session, code)
    assert there is not None, "the people are there before the first step"
    return there


def player(address: str) -> Player:
    return next(one for one in PLAYERS if one.address == address)


def who_plays(code: str, role: Role) -> str:
    """The address of who plays this role in this organisation: the first, where there are two."""
    return next(one.address for one in PLAYERS if (one.organisation, one.role) == (code, role))


def acting(session: Session, address: str) -> Actor:
    wanted = sa.select(Membership).join(Membership.person).where(Person.email == player(address).email)
    return Actor.working_in(session.scalars(wanted.order_by(Membership.id).limit(1)).one())
