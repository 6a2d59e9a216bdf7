"""What a backup says of itself, and whether the keys at hand are those that open it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _

NAME, FORMAT = "manifest.json", 1
FINGER = 16  # hexadecimal digits of a fingerprint
COST = {"n": 2**14, "r": 8, "p": 1, "dklen": FINGER // 2}  # scrypt: a text that can be guessed is slow to try


@dataclass(frozen=True)
class Manifest:
    format: int
    made_at: str  # the moment that it shows
    database: str  # from which kind it came
    revision: str
    installation: str
    tables: dict[str, dict[str, Any]]  # name: {"rows", "sha256"}
    files: dict[str, str]  # path in DIR: sha256; of evidence by its name, of tables as they are packed
    missing: list[str]  # evidence that a row names and the vault had not: paths, as they would be
    keys: dict[str, list[str]]  # fingerprints, the newest first

    def write(self, folder: Path) -> None:
        """Last of all: a backup without it is none."""
        draft = folder / f".{NAME}"
        draft.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")
        draft.replace(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        try:
            told = json.loads((folder / NAME).read_text())
        except FileNotFoundError:
            said = _("There is no finished backup in %(folder)s: it has no manifest", folder=str(folder))
            raise Invalid(FieldProblem("DIR", "no_backup", said)) from None
        except ValueError:
            raise Invalid(FieldProblem("DIR", "damaged", _("The manifest of this backup cannot be read"))) from None
        if not isinstance(told, dict) or told.get("format") != FORMAT or told.keys() != cls.__annotations__.keys():
            raise Invalid(FieldProblem("DIR", "format", _("This backup was made by another version of the program")))
        return cls(**told)


def fingerprints(settings: Settings) -> dict[str, list[str]]:
    """Of the keys without which what is kept cannot be read, found or verified."""
    signing = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key).public_key().public_bytes_raw()
    signers = [signing, *(settings.record_earlier_keys or ())]
    return {
        "IDENTITY_KEYS": [finger("IDENTITY_KEYS", key) for key in settings.identity_keys],
        "IDENTITY_INDEX_KEY": [finger("IDENTITY_INDEX_KEY", settings.identity_index_key)],
        "RECORD_SIGNING_KEY": [finger("RECORD_SIGNING_KEY", key) for key in signers],
        "FIELD_KEYS": [finger("FIELD_KEYS", key) for key in settings.field_keys],
        "SECURITY_PASSWORD_SALT": [finger("SECURITY_PASSWORD_SALT", settings.security_password_salt.encode())],
    }


def finger(name: str, key: bytes) -> str:
    return hashlib.scrypt(key, salt=f"mingcha fingerprint of {name}".encode(), **COST).hex()


def require_keys(manifest: Manifest, settings: Settings) -> None:
    """`Invalid` names every key that the backup needs and that is not at hand."""
    at_hand = fingerprints(settings)
    problems = [
        FieldProblem(name, "wrong_key", wrong_key(lacking))
        for name, wanted in manifest.keys.items()
        if (lacking := [each for each in wanted if each not in at_hand.get(name, [])])
    ]
    if problems:
        raise Invalid(*problems)


def wrong_key(lacking: Iterable[str]) -> Text:
    return _(
        "The backup was made with another key (fingerprint %(prints)s); set the one it was made with, then restore",
        prints=", ".join(lacking),
    )
