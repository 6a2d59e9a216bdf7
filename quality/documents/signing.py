"""The agency's own signature under what it issues: PAdES (ETSI EN 319 142-1, level B-B), where its key is configured.

A key lies as `CODE.p12` (RSA or P-256, with its certificate and what leads to a root) in a folder of the machines that
print. Every other reader verifies it then, without asking us. What is signed is the file as printed, by an update
behind it, so that code, QR and words are those of the row.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12, serialize_key_and_certificates
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from quality.core.apart import PIECE, asked
from quality.core.errors import Refused
from quality.core.words import _
from quality.documents.models import DocumentKind

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Agency"
READER = Path(__file__).with_name("signed_by.py")
MOST_SECONDS = 30  # a processor may be busy with others
K = DocumentKind
# what has an effect on somebody outside; labels, sheets and lists are read where they are made
SIGNED = frozenset({
    K.SAMPLING_NOTICE,
    K.RESULT_NOTICE, K.OBJECTION_ANSWER, K.REINSPECTION_NOTICE, K.OBJECTION_DECISION, K.FINAL_CONCLUSION,
    K.DISPOSAL_NOTICE, K.NOTICE_WITHDRAWAL, K.IMPLEMENTING_RULES, K.ANNOUNCEMENT, K.CORRECTION_ORDER,
    K.CORRECTION_ANNOUNCEMENT, K.SUSPENSION_PROPOSAL, K.TRANSFER_COVER, K.CONFORMANCE,
})  # fmt: skip


class Key(NamedTuple):
    """An agency's key, as its file holds it."""

    path: Path
    certificate: Certificate
    private: RSAPrivateKey | EllipticCurvePrivateKey
    chain: tuple[Certificate, ...]

    @property
    def fingerprint(self) -> str:
        """sha256 of the certificate, as readers show it: hex digits."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def name(self) -> str:
        return name_of(self.certificate)

    @property
    def pem(self) -> str:
        return "".join(each.public_bytes(Encoding.PEM).decode() for each in (self.certificate, *self.chain))

    def must_hold_at(self, now: datetime) -> None:
        """A signature of a certificate that has run out is none: better no document than one that nobody believes."""
        if not self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc:
            raise Refused(
                "key_expired",
                _(
                    "The certificate in %(file)s is valid from %(first)s to %(last)s only; put a valid one there",
                    file=self.path.name,
                    first=f"{self.certificate.not_valid_before_utc:%Y-%m-%d}",
                    last=f"{self.certificate.not_valid_after_utc:%Y-%m-%d}",
                ),
            )


def name_of(certificate: Certificate) -> str:
    named = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named[0].value) if named else certificate.subject.rfc4514_string()


def key_for(folder: Path | None, password: str | None, agency_code: str) -> Key | None:
    """The agency's key, or None where it has none. One that cannot be used is refused, and nothing is printed."""
    path = folder / f"{agency_code}.p12" if folder else None
    if path is None or not path.is_file():
        return None
    return read_key(path, password, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def read_key(path: Path, password: str | None, _written: int) -> Key:
    try:
        held = load_pkcs12(path.read_bytes(), password.encode() if password else None)
    except (ValueError, OSError) as problem:
        raise Refused("bad_key", _("%(file)s cannot be opened with its password", file=path.name)) from problem
    private = held.key
    fits = isinstance(private, RSAPrivateKey) or (
        isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1)
    )
    if not fits or held.cert is None:
        text = _("%(file)s must hold an RSA or P-256 key and its certificate", file=path.name)
        raise Refused("bad_key", text)
    assert isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey)
    chain = tuple(each.certificate for each in held.additional_certs)
    return Key(path, held.cert.certificate, private, chain)


def signed(pdf: bytes, key: Key, at: datetime) -> bytes:
    """`pdf` with the signature under it, dated `at`: the same bytes for the same document and key, whoever prints."""
    from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject  # noqa: PLC0415 - half a second
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter  # noqa: PLC0415
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner  # noqa: PLC0415

    class Dated(PdfSigner):
        """As of the document's own date."""

        def init_signing_session(self, *given: Any, **more: Any) -> Any:
            session = super().init_signing_session(*given, **more)
            session.system_time = at
            return session

    mark = ByteStringObject(hashlib.sha256(pdf).digest()[:16])

    class Marked(IncrementalPdfFileWriter):
        """What the library would draw by lot or read off the clock is made of what was printed, or left as it is."""

        @classmethod
        def _handle_id(cls, _prev: Any) -> ArrayObject:
            return ArrayObject([mark, mark])

        def _update_meta(self) -> None:
            pass

    about = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, name=key.name
    )
    signer = Dated(about, signer=signer_with(key), new_field_spec=SigFieldSpec(FIELD))
    with ThreadPoolExecutor(1, "signing") as alone:  # whoever calls may be in the middle of a loop of their own
        written: io.BytesIO = alone.submit(lambda: asyncio.run(signer.async_sign_pdf(Marked(io.BytesIO(pdf))))).result()
    return written.getvalue()


def signer_with(key: Key) -> SimpleSigner:
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415

    class OfTheAgency(SimpleSigner):
        """With RFC 6979 for P-256: two that print the same document sign it alike."""

        def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
            if isinstance(key.private, EllipticCurvePrivateKey):
                return key.private.sign(data, ECDSA(hashes.SHA256(), deterministic_signing=True))
            return bytes(super().sign_raw(data, digest_algorithm))

    held = serialize_key_and_certificates(None, key.private, key.certificate, key.chain, NoEncryption())
    read = SimpleSigner.load_pkcs12_data(held, [])
    return OfTheAgency(read.signing_cert, read.signing_key, read.cert_registry)


class SignedBy(NamedTuple):
    """One signature that a file bears."""

    name: str  # as its certificate says
    fingerprint: str
    intact: bool  # the bytes it covers are those that were signed, by that key
    whole: bool  # nothing was added behind it


def signatures_of(file: BinaryIO, *, most_bytes: int) -> list[SignedBy]:
    """Of any file, a stranger's too; what cannot be read bears none."""
    file.seek(0)
    if not any(b"/ByteRange" in piece for piece in overlapping(file)):
        return []
    said = asked(READER, file=file, most_bytes=most_bytes, most_seconds=MOST_SECONDS)
    return [SignedBy(**each) for each in said or []]


def overlapping(file: BinaryIO) -> Iterator[bytes]:
    """The file piece by piece, so that no word is cut between two."""
    before = b""
    while piece := file.read(PIECE):
        yield before + piece
        before = piece[-32:]
