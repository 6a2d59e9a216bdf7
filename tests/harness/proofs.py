"""Proofs of results, as two keys sign them, checked by us and by the program that we give away."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quality.core.handover import fingerprint
from quality.core.surroundings import CHECKOUT
from quality.publication.checking import Found, Link, check, read

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
Proof = dict[str, Any]


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def holds(proof: Proof, **asked: Any) -> Found:
    return check(read(json.dumps(proof)), **({"keys": [public(KEY)]} | asked)).found


def broken(proof: Proof, **asked: Any) -> set[Link]:
    checked = check(read(json.dumps(proof)), **({"keys": [public(KEY)]} | asked))
    return {link for link, found in checked.links.items() if found is Found.BROKEN}


def program_in(folder: Path) -> Path:
    path = folder / "proof.py"
    path.write_text((CHECKOUT / "templates" / "public" / "proof.py.txt").read_text(encoding="utf-8"), encoding="utf-8")
    return path


def run(program: Path, proof: Proof, *more: str, key: str = "") -> tuple[int, str]:
    file = program.with_suffix(".json")
    file.write_text(json.dumps(proof, ensure_ascii=False), encoding="utf-8")
    key = key or fingerprint(public(KEY))
    asked = [sys.executable, "-I", str(program), str(file), key, *more]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout
