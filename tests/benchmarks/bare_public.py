"""The least that a page of results can be: Flask, SQLAlchemy Core, the same fifty rows, a table. A floor, no more."""

from __future__ import annotations

import json
import os
from typing import Any

import sqlalchemy as sa
from flask import Flask, render_template, request
from jinja2 import DictLoader

app = Flask(__name__)
engine = sa.create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
FIELDS = "r.id, r.number, r.published_at, r.copy"
NEWEST = "ORDER BY e.published_at DESC, e.result_id DESC LIMIT 50"
LIST = sa.text(f"SELECT {FIELDS} FROM result_entry e JOIN result r ON r.id = e.result_id {NEWEST}")
FILTERED = sa.text(
    f"SELECT {FIELDS} FROM result_entry e JOIN result r ON r.id = e.result_id WHERE e.platform = :platform {NEWEST}"
)
SEARCHED = sa.text(f"SELECT {FIELDS} FROM result_pair e JOIN result r ON r.id = e.result_id WHERE e.pair = :q {NEWEST}")
PAGE = """<!doctype html><title>results</title><table>{% for number, at, copy in rows %}
<tr><td><a href="/results/{{ number }}">{{ copy.product.name }}</a><td>{{ copy.verdict }}<td>{{ copy.platform.name }}
<td>{% for item in copy["items"] if item.verdict == "fail" %}{{ item.item }} {% endfor %}<td>{{ at }}
{% endfor %}</table>"""
app.jinja_loader = DictLoader({"results.html": PAGE})  # as from a file: compiled once


@app.get("/")
def empty() -> str:
    return ""


@app.get("/results")
def results() -> str:
    asked: Any = LIST
    if "platform" in request.args:
        asked = FILTERED.bindparams(platform=request.args["platform"])
    elif "q" in request.args:
        asked = SEARCHED.bindparams(q=request.args["q"])
    with engine.connect() as connection:
        found = [(row.number, row.published_at, json.loads(row.copy)) for row in connection.execute(asked)]
    return render_template("results.html", rows=found)
