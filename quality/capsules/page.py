"""`verify.html`: one file that checks a capsule in any browser, with no network, in both languages.

It is made of the script, the style and the words of this program, and says in a policy of its own that it runs that
script and loads nothing. The same bytes in every capsule that this version makes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from flask import render_template
from markupsafe import Markup

from quality.capsules.words import LEFT_OUT, MEANS, PAGE, VARIANTS, WRONG
from quality.core.words import LANGUAGES, in_language
from quality.evidence.words import WORDS as KINDS

STATIC = Path(__file__).parent.parent / "static"

# How a browser reads canonical JSON, trees, signatures and hand-overs of keys stands in one place
FROM_HERE, TO_HERE = "from here …\n", "// … to here."


@cache
def page() -> bytes:
    shared = text_of("proof.js").partition(FROM_HERE)[2].partition(TO_HERE)[0]
    script, style = "\n".join((shared, text_of("capsule.js"), text_of("capsule-page.js"))), text_of("capsule.css")
    said = {}
    for each in LANGUAGES:
        with in_language(each):
            said[each] = {
                "wrong": {code: str(text) for code, text in WRONG.items()},
                "means": {found.value: str(text) for found, text in MEANS.items()},
                "variants": {name: str(text) for name, text in VARIANTS.items()},
                "why_left_out": {name: str(text) for name, text in LEFT_OUT.items()},
                "kinds": {kind.value: str(text) for kind, text in KINDS.items()},
                **{name: str(text) for name, text in PAGE.items()},
            }
    words = json.dumps(said, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return render_template(
        "public/capsule.html.txt",
        words=Markup(words),
        script=Markup(script),
        style=Markup(style),
        script_hash=hash_of(script),
        style_hash=hash_of(style),
        titles={each: said[each]["title"] for each in LANGUAGES},
        no_script={each: said[each]["no_script"] for each in LANGUAGES},
    ).encode()


def text_of(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def hash_of(text: str) -> str:
    """As a Content-Security-Policy names what stands in a page (CSP 3, 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
