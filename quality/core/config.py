"""What the program is told by its surroundings: the environment first, then `.env` in the checkout."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from quality.core.errors import FieldProblem, Invalid
from quality.core.surroundings import CHECKOUT, DATABASE, KEPT, LOG_FORMAT, everything_given
from quality.core.words import Text, _

KEY_BYTES = 32
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, secp256r1
FEWEST = 5  # as figures/rates.py: of fewer nothing is called a rate anywhere


@dataclass(frozen=True)
class Settings:
    """Everything is read and checked once, at the start. `repr` shows nothing that opens a door."""

    database_url: str = field(repr=False)  # may hold a password
    evidence_url: str
    frames_folder: Path  # frozen sampling frames, as Parquet
    roots_folder: Path  # signed daily roots of the record, outside the database
    public_url: str
    default_language: str
    trusted_proxies: int  # reverse proxies before us, whose X-Forwarded-… we believe
    webhook_allow_private: bool  # for tests: notices may be sent to this machine and its network, too
    mail_from: str | None  # the sender of our mails; with no SMTP_URL none is sent
    smtp_url: str | None = field(repr=False)  # may hold a password
    document_keys: Path | None  # where the agencies' keys lie, by which their documents are signed
    document_keys_password: str | None = field(repr=False)
    agency_keys: Path  # where the agencies' keys lie, by which their evidence capsules are signed
    timestamp_url: str | None = field(repr=False)  # may hold a password
    chromium: Path | None  # a browser that captures listings, where agencies allow it
    clamd_url: str | None  # a virus scanner that looks at each file that comes
    metrics_token: str | None = field(repr=False)  # None: /metrics answers this machine only
    log_format: str  # "text" for people at a terminal, "json" for machines: one object a line
    api_per_minute: int  # requests that one key may make of one web process
    statistics_least: int  # below so many tested no public page says a rate
    open_data_days: int  # so long files of open data are offered; the newest always
    open_data_licence: str | None  # under which it is given, in words
    open_data_licence_url: str | None
    public_contact: str | None  # whom a reader writes to or calls who cannot use a page
    secret_key: str = field(repr=False)
    security_password_salt: str = field(repr=False)
    identity_keys: tuple[bytes, ...] = field(repr=False)  # newest first; the older ones only read
    identity_index_key: bytes = field(repr=False)
    record_signing_key: bytes = field(repr=False)
    field_keys: tuple[bytes, ...] = field(repr=False)  # newest first: what telephones seal their pieces to
    record_earlier_keys: tuple[bytes, ...] | None  # public halves of those that signed before, only to verify

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """All settings, or `Invalid` that names everything missing or malformed at once."""
        given = everything_given() if environ is None else environ
        values: dict[str, Any] = {}
        problems: list[FieldProblem] = []
        for name, variable in VARIABLES.items():
            text = given.get(name, "").strip() or variable.default
            if not text and variable.is_optional:
                values[name.lower()] = None
                continue
            if not text:
                problems.append(FieldProblem(name, "missing", missing(variable.purpose)))
                continue
            try:
                values[name.lower()] = variable.read(text)
            except Malformed as wrong:
                problems.append(FieldProblem(name, "malformed", malformed(variable.purpose, wrong.text)))
        if problems:
            raise Invalid(*problems)
        return cls(**values)

    @property
    def sends_mail(self) -> bool:
        return self.smtp_url is not None and self.mail_from is not None

    def make_folders(self) -> None:
        """The folders that these settings name on this machine, so that a first start finds them."""
        folders = [self.frames_folder, self.roots_folder]
        if self.database_url.startswith("sqlite:///"):
            folders.append(Path(self.database_url.removeprefix("sqlite:///")).parent)
        if self.evidence_url.startswith("file://"):
            folders.append(Path(self.evidence_url.removeprefix("file://")))
        for here in folders:
            here.mkdir(parents=True, exist_ok=True)


def write_missing_secrets(path: Path, given: Mapping[str, str]) -> list[str]:
    """Append what secrets are not given yet to `path`, readable by its owner only. Returns their names.

    Nothing is ever overwritten: with another IDENTITY_KEYS the identities already kept could not be read.
    """
    absent = [name for name, variable in VARIABLES.items() if variable.default is None and not given.get(name)]
    append_secrets(path, {name: new_key() for name in absent})
    return absent


def append_secrets(path: Path, made: Mapping[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with open(descriptor, "a", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.writelines(f"{name}={secret}\n" for name, secret in made.items())


# --- how each is read ---


class Malformed(ValueError):
    """Carries a sentence about what is wrong, and never the value: it may be a secret."""

    def __init__(self, text: Text) -> None:
        super().__init__()
        self.text = text


def database(text: str) -> str:
    """`postgres://` and `postgresql://` as psycopg 3 wants them; a relative SQLite path stands in the checkout."""
    if plain := re.fullmatch(r"sqlite:///([^?#%:]+)", text):
        return f"sqlite:///{CHECKOUT / plain[1]}"
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - a start on SQLite does without it
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(text)
    except ArgumentError as unreadable:
        raise Malformed(_("it is not a database address")) from unreadable
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if url.drivername != "sqlite":
        raise Malformed(_("only sqlite:///path and postgresql://user:password@host/name are understood"))
    if not url.database or url.database == ":memory:":
        raise Malformed(_("a database in memory cannot be shared by the web and the jobs; give it a path"))
    return url.set(database=str(CHECKOUT / url.database)).render_as_string(hide_password=False)


def evidence(text: str) -> str:
    url = urlsplit(text)
    if url.scheme == "file" and not url.netloc and url.path.startswith("/") and url.path != "/":
        return text.rstrip("/")
    if url.scheme == "s3" and re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", url.netloc) and not url.fragment:
        asked = parse_qs(url.query, keep_blank_values=True)
        if asked.keys() <= {"endpoint", "region", "style"} and all(len(each) == 1 for each in asked.values()):
            if endpoint := asked.get("endpoint"):
                web_address(endpoint[0])
            if asked.get("style", ["path"])[0] in {"path", "virtual"}:
                return text
    raise Malformed(_("write file:///path or s3://bucket?endpoint=…"))


def folder(text: str) -> Path:
    return CHECKOUT / text


def program(text: str) -> Path:
    if not os.access(text, os.X_OK) or Path(text).is_dir():
        raise Malformed(_("there is no such program, or it may not be run"))
    return Path(text).resolve()


def web_address(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise Malformed(_("write http://host or https://host"))
    return text.rstrip("/")


def authority(text: str) -> str:
    """A time-stamping authority may have a query, and a name and a password before its host."""
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.fragment:
        raise Malformed(_("write http://host or https://host"))
    return text


def language(text: str) -> str:
    if text not in {"zh", "en"}:
        raise Malformed(_("write zh or en"))
    return text


def count(text: str) -> int:
    if not re.fullmatch(r"\d", text):
        raise Malformed(_("write a number from 0 to 9"))
    return int(text)


def yes_or_no(text: str) -> bool:
    if text not in {"0", "1"}:
        raise Malformed(_("write 0 or 1"))
    return text == "1"


def mail_server(text: str) -> str:
    """`smtp://` speaks TLS as soon as the server offers it, `smtps://` from the first byte."""
    try:
        url = urlsplit(text)
        fits = url.scheme in {"smtp", "smtps"} and bool(url.hostname) and url.port != 0 and url.path in {"", "/"}
    except ValueError:  # a port that is no number
        fits = False
    if not fits:
        raise Malformed(_("write smtp://user:password@host:587 or smtps://user:password@host:465"))
    return text


def scanner(text: str) -> str:
    if not re.fullmatch(r"unix:///[^\s?#]{1,100}|tcp://(?:[\w.-]{1,250}|\[[0-9A-Fa-f:]{2,39}\]):[1-9]\d{0,4}", text):
        raise Malformed(_("write unix:///path of its socket, or tcp://host:port"))
    return text


def mail_address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,250}", text):
        raise Malformed(_("write an address, as in notices@example.org"))
    return text


def log_format(text: str) -> str:
    if text not in {"text", "json"}:
        raise Malformed(_("write text or json"))
    return text


def many(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise Malformed(_("write a number from 1 to 999999"))
    return int(text)


def least(text: str) -> int:
    """Of five, four of four says that a rate is above a half, and no more."""
    if not re.fullmatch(r"[1-9]\d{0,2}", text) or int(text) < FEWEST:
        raise Malformed(_("write a number from %(least)s to 999", least=FEWEST))
    return int(text)


def long_text(text: str) -> str:
    if len(text) < KEY_BYTES:
        raise Malformed(_("it is shorter than %(least)s characters, which can be guessed", least=KEY_BYTES))
    return text


def key(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as unreadable:  # binascii.Error is one, and so is a letter that is not of base64 at all
        raise Malformed(_("it is not base64")) from unreadable
    if len(value) != KEY_BYTES:
        raise Malformed(_("it holds %(found)s bytes, not %(wanted)s", found=len(value), wanted=KEY_BYTES))
    return value


def keys(text: str) -> tuple[bytes, ...]:
    return tuple(key(part.strip()) for part in text.split(","))


def p256_keys(text: str) -> tuple[bytes, ...]:
    found = keys(text)
    if any(not 0 < int.from_bytes(each) < P256_ORDER for each in found):
        raise Malformed(_("it is no private key of the curve P-256; make another"))
    return found


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


class Variable(NamedTuple):
    read: Callable[[str], Any]
    purpose: Text
    default: str | None = None  # a secret has none: `mingcha secrets` makes one
    is_optional: bool = False


# fmt: off
VARIABLES = {  # in lower case, these are the fields of Settings
    "DATABASE_URL":     Variable(database,    _("where the cases are kept"), DATABASE),
    "EVIDENCE_URL":     Variable(evidence,    _("where evidence files are kept"), f"file://{KEPT}/evidence"),
    "FRAMES_FOLDER":    Variable(folder,      _("where frozen sampling frames are kept"), f"{KEPT}/frames"),
    "ROOTS_FOLDER":     Variable(folder,      _("where the record's signed daily roots are kept"), f"{KEPT}/roots"),
    "PUBLIC_URL":       Variable(web_address, _("how the public reaches this program"), "http://127.0.0.1:8000"),
    "DEFAULT_LANGUAGE": Variable(language,    _("the language where nobody has chosen one"), "zh"),
    "TRUSTED_PROXIES":  Variable(count,       _("how many reverse proxies stand before this program"), "0"),
    "WEBHOOK_ALLOW_PRIVATE": Variable(yes_or_no, _("lets notices be sent to private addresses, for tests only"), "0"),
    "SMTP_URL":         Variable(mail_server, _("sends mail to the platforms' desks"), "", is_optional=True),
    "MAIL_FROM":        Variable(mail_address, _("is the sender of our mails"), "", is_optional=True),
    "DOCUMENT_KEYS":   Variable(folder,       _("holds the keys that sign documents"), "", is_optional=True),
    "DOCUMENT_KEYS_PASSWORD": Variable(str,   _("opens the keys that sign documents"), "", is_optional=True),
    "AGENCY_KEYS":     Variable(folder,       _("holds the keys that sign evidence capsules"), f"{KEPT}/agencies"),
    "TIMESTAMP_URL":   Variable(authority,    _("stamps evidence capsules (RFC 3161)"), "", is_optional=True),
    "CHROMIUM":        Variable(program,     _("captures the pages of listings"), "", is_optional=True),
    "CLAMD_URL":       Variable(scanner,     _("scans each file that comes for viruses"), "", is_optional=True),
    "METRICS_TOKEN":   Variable(long_text,    _("opens /metrics to who is not on this machine"), "", is_optional=True),
    "LOG_FORMAT":      Variable(log_format,   _("how what happens is logged"), LOG_FORMAT),
    "API_PER_MINUTE":  Variable(many,     _("how many requests a minute one key may make of a process"), "1200"),
    "STATISTICS_LEAST": Variable(least,   _("below how many tested no public page says a rate"), "5"),
    "OPEN_DATA_DAYS":  Variable(many,     _("for how many days files of open data are offered"), "30"),
    "OPEN_DATA_LICENCE": Variable(str,    _("names the licence of the open data"), "", is_optional=True),
    "PUBLIC_CONTACT": Variable(str,       _("is whom readers write to or call"), "", is_optional=True),
    "OPEN_DATA_LICENCE_URL": Variable(web_address, _("is where the open data's licence is read"), "", is_optional=True),

    "SECRET_KEY":             Variable(long_text, _("signs sessions and forms")),
    "SECURITY_PASSWORD_SALT": Variable(long_text, _("is mixed into every password before it is hashed")),
    "IDENTITY_KEYS":          Variable(keys,      _("encrypts the buyers' identities; newest first, commas between")),
    "IDENTITY_INDEX_KEY":     Variable(key,       _("finds an equal identity without reading any")),
    "RECORD_SIGNING_KEY":     Variable(key,       _("signs the record's daily root (Ed25519)")),
    "FIELD_KEYS":             Variable(p256_keys, _("opens what telephones send (P-256); newest first")),
    "RECORD_EARLIER_KEYS":    Variable(keys,      _("verifies what another key signed before"), "", is_optional=True),
}
# fmt: on


def missing(purpose: Text) -> Text:
    return _(
        "missing; it %(purpose)s. `mingcha secrets` makes what is missing and writes it into .env; "
        "or set your own, made with `%(command)s`",
        purpose=purpose,
        command="openssl rand -base64 32",
    )


def malformed(purpose: Text, wrong: Text) -> Text:
    return _("cannot be used (%(purpose)s): %(wrong)s", purpose=purpose, wrong=wrong)
