"""Run as a program of its own: who signed the PDF on standard input?

A stranger's PDF is read by pyHanko, in a process with little memory and time that can be lost without harm. It knows
nothing of the rest of this package, and asks nobody on the network. Answers one line of JSON: of each signature its
`name`, `fingerprint` (sha256 of the certificate), whether it is `intact` (the bytes it covers are those that were
signed, by that key) and whether it covers the `whole` file, so that nothing was added behind it.
"""

from __future__ import annotations

import hashlib
import io
import json
import resource
import sys
from typing import Any

MOST_MEMORY = 1024 * 1024 * 1024  # bytes
MOST_SECONDS = 15  # of a processor
MOST_SIGNATURES = 20


def signatures(pdf: bytes) -> list[dict[str, Any]]:
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - after the limits are set
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    found = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_regular_signatures[:MOST_SIGNATURES]
    said = []
    for each in found:
        certificate = each.signer_cert
        status = validate_pdf_signature(each, ValidationContext(trust_roots=[], allow_fetching=False))
        said.append(
            {
                "name": certificate.subject.native.get("common_name") or certificate.subject.human_friendly,
                "fingerprint": hashlib.sha256(certificate.dump()).hexdigest(),
                "intact": bool(status.intact and status.valid),
                "whole": status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
            }
        )
    return said


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps(signatures(sys.stdin.buffer.read())))
