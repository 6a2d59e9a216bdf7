"""What the program is told: variables, secrets, and whether they fit each other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dotenv import dotenv_values

from quality.core.config import VARIABLES, Settings, new_key
from quality.core.errors import Invalid
from quality.core.words import _
from quality.doctor.finding import Finding, fault, ok, warning

OTHERS = {  # which the program or what it stands on reads besides
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "TMPDIR",
    "DEMO_PASSWORD", "PYTHONWARNINGS",
}  # fmt: skip
ALIKE = 0.8  # of difflib
PLAIN = 12  # different characters or bytes; a random key has about 30 of either
SECRET_FOR_EACH = {
    "SECRET_KEY", "SECURITY_PASSWORD_SALT", "IDENTITY_KEYS", "IDENTITY_INDEX_KEY", "RECORD_SIGNING_KEY", "FIELD_KEYS",
    "METRICS_TOKEN",
}  # fmt: skip


class Told(NamedTuple):
    """Settings to look further with. `unusable` names those that are missing or malformed: they are stand-ins here."""

    settings: Settings
    given: Mapping[str, str]
    unusable: frozenset[str]
    written: Path


def read(given: Mapping[str, str], written: Path) -> tuple[Told, list[Finding]]:
    try:
        settings = Settings.read(given)
    except Invalid as invalid:
        bad = frozenset(problem.field for problem in invalid.problems)
        instead = {name: new_key() if VARIABLES[name].default is None else "" for name in bad}
        found = [fault(p.field, p.text, _("Set it in .env or in the environment; README.md names them all"))
                 for p in invalid.problems]  # fmt: skip
        return Told(Settings.read({**given, **instead}), given, bad, written), found
    said = _("All variables can be used")
    return Told(settings, given, frozenset(), written), [ok("variables", said)]


def look(told: Told) -> Iterator[Finding]:
    yield from misspelt(told)
    yield from env_file(told.written)
    yield from secrets(told)
    yield from address(told)
    yield from mail_is_whole(told)


def misspelt(told: Told) -> Iterator[Finding]:
    known = {*VARIABLES, *OTHERS}
    written = dotenv_values(told.written) if told.written.is_file() else {}
    for name in sorted({*written, *os.environ} - known):
        meant = get_close_matches(name, VARIABLES, n=1, cutoff=ALIKE)
        if meant:
            said = _("%(name)s is read by nobody", name=name)
            yield warning(name, said, _("If you mean %(meant)s, write it so", meant=meant[0]))
        elif name in written:
            said = _("%(name)s in .env is read by nobody", name=name)
            yield warning(name, said, _("Take it out, or look in README.md what it is called"))


def env_file(written: Path) -> Iterator[Finding]:
    if not written.is_file():
        return
    mode = stat.S_IMODE(written.stat().st_mode)
    if mode & 0o077:
        said = _(".env holds all secrets, and others on this machine may read it (%(mode)s)", mode=f"{mode:o}")
        yield fault("env_file", said, _("chmod 600 %(path)s", path=str(written)))
    else:
        yield ok("env_file", _("Nobody else may read .env"))


def secrets(told: Told) -> Iterator[Finding]:
    usable = {name: told.given[name] for name in VARIABLES if told.given.get(name) and name not in told.unusable}
    plain = [name for name, text in usable.items() if is_secret(name) and len(set(text)) < PLAIN]
    for name in plain:
        said = _("%(name)s can be guessed: it repeats itself", name=name)
        remedy = _("Make another with `openssl rand -base64 32`; if it was in use, see docs/operations.md")
        yield fault(name, said, remedy)
    seen: dict[str, str] = {}
    for name in sorted(SECRET_FOR_EACH & usable.keys()):
        others = {seen.setdefault(each.strip(), name) for each in usable[name].split(",")}  # newest first
        for other in sorted(others - {name}):
            said = _("%(name)s is the same as %(other)s", name=name, other=other)
            yield warning(name, said, _("Give each its own: who learns one then does not know the other"))
    if not plain:
        yield ok("secrets", _("No secret can be guessed at a glance"))


def is_secret(name: str) -> bool:
    return VARIABLES[name].default is None or name in ("METRICS_TOKEN", "DOCUMENT_KEYS_PASSWORD")


def address(told: Told) -> Iterator[Finding]:
    url, proxies = urlsplit(told.settings.public_url), told.settings.trusted_proxies
    if is_this_machine(url.hostname or ""):
        said = _("PUBLIC_URL is this machine itself: links in mails and messages lead nowhere for others")
        yield warning("PUBLIC_URL", said, _("Set it to how the public reaches this program, as https://…"))
        if proxies:
            said = _("TRUSTED_PROXIES is %(proxies)s, and PUBLIC_URL is this machine", proxies=proxies)
            yield warning("TRUSTED_PROXIES", said, _("Set it to 0 where no proxy stands before the program"))
        return
    if url.scheme != "https":
        said = _("PUBLIC_URL is http: passwords and identities would go over the network in the clear")
        yield fault("PUBLIC_URL", said, _("Put a proxy with TLS before the program and set PUBLIC_URL to https://…"))
    else:
        yield ok("PUBLIC_URL", _("The public reaches this program over TLS"))
    if not proxies:
        said = _("TRUSTED_PROXIES is 0: behind a proxy, everybody seems to come from its address")
        remedy = _("Set it to the number of proxies, and let them overwrite X-Forwarded-For (docs/operations.md)")
        yield warning("TRUSTED_PROXIES", said, remedy)
    if told.settings.webhook_allow_private:
        said = _("WEBHOOK_ALLOW_PRIVATE is 1: any platform can reach what stands behind your firewall")
        yield fault("WEBHOOK_ALLOW_PRIVATE", said, _("Take it out; it is for tests only"))


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def mail_is_whole(told: Told) -> Iterator[Finding]:
    if bool(told.settings.smtp_url) != bool(told.settings.mail_from):
        said = _("Of SMTP_URL and MAIL_FROM one is set and the other is not: no mail is sent")
        yield fault("SMTP_URL", said, _("Set both, or none"))
