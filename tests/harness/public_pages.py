"""Every kind of page that anybody may open, and one of each to look at."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from quality.people.access import ACCESS, PUBLIC, named

FOR_PROGRAMS = {"health", "feed", "api_document"}
FILES = {"/open-data/files/<name>"}
FOR_ONE_READER = re.compile(r"<(link|token)>")  # who has the letter or the mail has the address
LINK = re.compile(r'href="(/[^"#]*)')
BEHIND_A_FORM = ("/subscribe/asked",)  # where no link leads
OK = 200
ENOUGH = 4  # of a kind, to find further kinds behind


def kinds(app: Flask) -> set[str]:
    """Their addresses as the program writes them: `/results/<number>`. A file says in its name what it is."""
    return {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and ACCESS.get(named(app.view_functions[rule.endpoint])) == PUBLIC
        and rule.endpoint.partition(".")[0] not in FOR_PROGRAMS
        and not FOR_ONE_READER.search(rule.rule)
        and "." not in rule.rule.rpartition("/")[2]
        and rule.rule not in FILES
    }


def examples(app: Flask) -> dict[str, tuple[str, int]]:
    """Of each kind that links and forms lead to: an address, and its status, which is 200 where one is."""
    wanted, client, urls = kinds(app), app.test_client(), app.url_map.bind("127.0.0.1")
    found: dict[str, tuple[str, int]] = {}
    asked, seen, waiting = Counter[str](), set[str](), ["/", *BEHIND_A_FORM]
    while waiting:
        address = waiting.pop(0)
        try:
            rule, _values = urls.match(address.partition("?")[0], return_rule=True)
        except (HTTPException, RequestRedirect):
            continue
        if address in seen or rule.rule not in wanted or asked[rule.rule] >= ENOUGH:
            continue
        seen.add(address)
        asked[rule.rule] += 1
        answer = client.get(address)
        if found.get(rule.rule, ("", 0))[1] != OK:
            found[rule.rule] = (address, answer.status_code)
        waiting += [unescape(link) for link in LINK.findall(answer.text)]
    return found
