"""Where Spark or Java is not there, a draw by Spark says so; whether it draws the same, `make spark` finds out."""

import sys
from types import ModuleType

import pytest

from quality.campaigns.spark import on_spark
from tests.campaigns.refusals import refuses


def test_without_the_extra_the_draw_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with refuses("engine: no_spark"):
        on_spark("local[*]")


@pytest.mark.parametrize("home", ["", "/no/such/folder"])
def test_without_java_the_draw_says_so(monkeypatch, home):
    monkeypatch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("JAVA_HOME", home)
    with refuses("engine: no_java"):
        on_spark("local[*]")
