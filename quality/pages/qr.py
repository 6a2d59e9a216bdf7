"""A public address as a QR code, so that whoever holds the paper reaches it with a telephone."""

from __future__ import annotations

from markupsafe import Markup

QUIET = 2  # modules of white around it; readers need it, and dark pages have none of their own


def qr_of(address: str) -> Markup:
    """An SVG without a size of its own: the page gives it one."""
    import segno  # noqa: PLC0415 - a start draws no codes

    drawn = segno.make(address, error="m", micro=False)
    return Markup(drawn.svg_inline(border=QUIET, omitsize=True, dark="#17222b", light="#fff", svgclass=None))
