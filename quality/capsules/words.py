"""What is said of a capsule, whoever checks it: the command, and the page inside it in both languages."""

from __future__ import annotations

from quality.capsules.archive import Problem
from quality.capsules.checking import Found
from quality.core.words import Text, _

# fmt: off
# By the code of the first thing that is wrong; filled in by `said` and, in the page, by static/capsule.js
WRONG: dict[str, Text] = {
    "no_archive":       _("This is no ZIP file"),
    "behind":           _("Something stands behind the end of the ZIP file, or in its comment: it was put there later"),
    "layout":           _("The ZIP file is not laid out as a capsule is, at “%(name)s”: something else wrote it"),
    "packed":           _("“%(name)s” is compressed, and in a capsule nothing is: the ZIP file was made anew. "
                          "Unpack it and check the files"),
    "bad_name":         _("“%(name)s” is no name of a file in a capsule: it would land in another folder"),
    "duplicate":        _("“%(name)s” is in it twice: two programs would show two files"),
    "too_many":         _("It holds %(found)s files; a capsule holds %(expected)s at most"),
    "too_large":        _("“%(name)s” is too large: %(found)s bytes where %(expected)s is the most"),
    "cut_short":        _("“%(name)s” is cut short"),
    "crc":              _("“%(name)s” was altered: its checksum should be %(expected)s and is %(found)s"),
    "missing":          _("“%(name)s” is missing"),
    "unreadable":       _("“%(name)s” cannot be read as what it should be"),
    "format":           _("“%(name)s” is of the format %(found)s, where %(expected)s is known"),
    "manifest":         _("“%(name)s” was altered: signed is sha256 %(expected)s, and it has %(found)s"),
    "signature":        _("The signature is not that of the key that it names (sha256:%(expected)s)"),
    "key":              _("It is signed by another key than you know: by %(found)s, not by %(expected)s"),
    "altered":          _("“%(name)s” was altered: it should be %(expected)s and is %(found)s"),
    "added":            _("“%(name)s” does not belong to it: the manifest does not name it"),
    "order":            _("The events stand in another order: at %(name)s stands event %(found)s"),
    "event":            _("An event was altered: %(name)s should give %(expected)s and gives %(found)s"),
    "tail":             _("The events of %(name)s are not complete: there should be %(expected)s, and are %(found)s"),
    "head":             _("The events of %(name)s end with %(found)s, and should end with %(expected)s"),
    "chain_missing":    _("The events of %(name)s are missing"),
    "chain_added":      _("The events of %(name)s do not belong to it"),
    "not_recorded":     _("No event names “%(name)s” (sha256 %(expected)s)"),
    "leaf":             _("The day's root vouches for another event than %(name)s: %(found)s, not %(expected)s"),
    "path":             _("The path from %(name)s leads to %(found)s, not to the day's root %(expected)s"),
    "root":             _("The day's root over %(name)s is not signed by the key that it names (sha256:%(expected)s)"),
    "note":             _("A note beside an event was altered: it should be %(expected)s and is %(found)s"),
    "stamp_of_another": _("The time stamp is of something else: of %(found)s, and the signature is %(expected)s"),
    "stamp_signature":  _("The time stamp is not signed by the authority that it names"),
}
MEANS: dict[Found, Text] = {
    Found.HOLDS:   _("The capsule is what its agency signed"),
    Found.BROKEN:  _("The capsule is not what its agency signed"),
    Found.UNKNOWN: _("Nothing in it is altered; whose key signed it, you must know from elsewhere"),
}
VARIANTS: dict[str, Text] = {
    "whole": _("with everything"),
    "open":  _("to give away"),
}
LEFT_OUT: dict[str, Text] = {
    "buyer":    _("leads to the buyer"),
    "original": _("an original that may say where and by which device it was made"),
    "internal": _("a paper of the agency's own"),
}
# What else stands on the page inside a capsule
PAGE: dict[str, Text] = {
    "title":       _("Check an evidence capsule"),
    "lead":        _("It is checked here, by your own browser. Nothing is sent; it works without a network."),
    "drop":        _("Drop the ZIP file here, or all files that were in it"),
    "choose":      _("Choose the ZIP file, or its files"),
    "key":         _("Fingerprint of the agency's key, or the key"),
    "key_help":    _("As you know it from elsewhere: the agency publishes it. Only then you need believe nobody else."),
    "again":       _("Check"),
    "working":     _("It is being checked …"),
    "first":       _("The first thing that is wrong"),
    "expected":    _("Expected"),
    "there":       _("There is"),
    "number":      _("Capsule of the sample"),
    "agency":      _("Agency"),
    "variant":     _("Variant"),
    "asked_at":    _("Asked for at"),
    "fingerprint": _("Fingerprint of the key"),
    "files":       _("Files"),
    "left_out":    _("Left out, by their hashes only"),
    "events":      _("Events of the record"),
    "withheld":    _("of these by their digest only"),
    "proved":      _("Chains that a signed root of the record vouches for"),
    "stamp":       _("Time stamp"),
    "no_stamp":    _("none"),
    "awaited":     _("It was asked for and is not in this file; ask the agency for the capsule as it is now"),
    "stamp_by":    _("The page compares what is stamped. Who signed the stamp is checked by `mingcha capsule verify` "
                     "or `openssl ts -verify -data signature.json -in timestamp.tsr`."),
    "no_ed25519":  _("This browser cannot check Ed25519 signatures. Files and events were compared with the manifest; "
                     "who signed it was not: take a newer browser, or `mingcha capsule verify`."),
    "no_crypto":   _("This browser cannot compute hashes in a page that was opened from a file. Take another one, or "
                     "`mingcha capsule verify`."),
    "trust":       _("Whoever altered a capsule may have altered this page in it, too. To be sure, take the page from "
                     "the agency's site, or check with the command."),
    "no_script":   _("This page checks by a script, and scripts are switched off."),
}
# fmt: on


def said(problem: Problem) -> str:
    return str(WRONG[problem.code]) % problem._asdict()
