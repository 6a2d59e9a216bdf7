"""Figures in Prometheus' text format 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from quality.watch.figures import Figure, Labels

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(figures: Iterable[Figure]) -> str:
    return "".join(f"{line}\n" for figure in figures for line in lines_of(figure))


def lines_of(figure: Figure) -> Iterator[str]:
    yield f"# HELP {figure.name} {figure.about}"
    yield f"# TYPE {figure.name} {figure.kind}"
    for labels, value in figure.values:
        yield f"{figure.name}{in_braces(labels)} {number(value)}"


def in_braces(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items()) + "}"


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
