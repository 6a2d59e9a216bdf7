"""Files such as people send, small and whole."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct

from PIL import Image


def photograph(taken: str | None = "2026:09:01 10:15:30", kind: str = "JPEG") -> bytes:
    """A small picture; `taken` is what its camera wrote as the moment of taking."""
    picture, file = Image.new("RGB", (8, 8), "white"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    if taken is not None:
        exif.get_ifd(0x8769)[0x9003] = taken
    picture.save(file, kind, exif=exif)
    return file.getvalue()


def heic(taken: str = "2026:09:01 10:15:30", size: tuple[int, int] = (64, 48)) -> bytes:
    """As an iPhone takes them: held upright, with the place and the device in it."""
    from pillow_heif import from_pillow

    exif, file = Image.Exif(), io.BytesIO()
    exif[0x010F], exif[0x0110], exif[0x0112] = "TheMaker", "TheModel", 6
    exif.get_ifd(0x8769)[0x9003] = taken
    exif.get_ifd(0x8769)[0x9011] = "+08:00"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (23.0, 7.0, 44.4)
    from_pillow(Image.new("RGB", size, "red")).save(file, exif=exif.tobytes(), quality=50)
    return file.getvalue()


def box(name: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", len(inside) + 8) + name + inside


def film(seconds: int | None = None, *, notes: bytes = b"", brand: bytes = b"isom", version: int = 0) -> bytes:
    """An MP4 whose header says that it was made so many seconds after 1904; None: without an index."""
    head = box(b"ftyp", brand + bytes(4) + brand) + box(b"mdat", bytes(64))
    if seconds is None:
        return head
    moment = struct.pack(">II" if version == 0 else ">QQ", seconds, seconds)
    header = box(b"mvhd", bytes([version, 0, 0, 0]) + moment + bytes(80))
    return head + box(b"moov", header + (box(b"udta", notes) if notes else b""))


def little_picture(number: int) -> bytes:
    """A PNG that no other number has."""
    file = io.BytesIO()
    pixels = hashlib.sha512(str(number).encode()).digest()[:48]  # so unlike that their copies differ, too
    Image.frombytes("RGB", (4, 4), pixels).save(file, "PNG")
    return file.getvalue()


def iso_media(brand: bytes, *compatible: bytes) -> bytes:
    """The beginning of a file of ISO/IEC 14496-12: its `ftyp` box, and some more bytes."""
    body = brand + struct.pack(">I", 0) + b"".join(compatible)
    return struct.pack(">I", len(body) + 8) + b"ftyp" + body + struct.pack(">I", 64) + b"free" + bytes(56)


PAGE = "<!DOCTYPE html><html><head><title>磁力棒 - 商城</title><script>alert('不读')</script></head><body>\
<p>64件装</p><div>¥89.00<br>立即购买</div><style>p{}</style><p>小满童品旗舰店</body></html>"
SAVED_WHOLE = (
    b"From: <Saved by a browser>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; type="text/html"; boundary="--x"\r\n\r\n'
    b"----x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(PAGE.encode())
    + b"\r\n----x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n----x--\r\n"
)
FILES = {
    "image/jpeg": photograph(),
    "image/png": photograph(kind="PNG"),
    "image/webp": photograph(kind="WEBP"),
    "image/heic": iso_media(b"heic", b"mif1", b"heic"),
    "video/mp4": iso_media(b"isom", b"isom", b"mp41"),
    "video/quicktime": iso_media(b"qt  ", b"qt  "),
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "application/json": json.dumps({"商品": "磁力棒"}, ensure_ascii=False).encode(),
    "text/html": PAGE.encode(),
    "multipart/related": SAVED_WHOLE,
    "text/plain": "与卖家的聊天记录\n磁力棒多少钱".encode(),
}
