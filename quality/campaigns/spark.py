"""The same draw on Apache Spark, for frames past one machine: the same bytes as DuckDB (campaigns/choosing.py).

Spark hashes and compares; how many of each stratum, whose chances, and the order of those that come first are worked
out here, from few rows. Only in the extra `mingcha[spark]`: docs/decisions/0054-the-draw-on-spark.md.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import inf, isqrt
from pathlib import Path
from typing import Any

from quality.campaigns.choosing import ALL, SLACK, WIDER, bound_on_digests, settled
from quality.campaigns.design import Design
from quality.campaigns.frame.bands import NONE, Band
from quality.campaigns.frame.drawable import drawable, strata_columns
from quality.campaigns.numbers import First
from quality.campaigns.order_sampling import CERTAIN, DIGITS, HALVES, MOST, Chances
from quality.campaigns.sampling import DrawnUnit, Opened, Opener, ranked, refuse_no_seed
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

LOCAL = "local[*]"
Frame = Any  # pyspark's DataFrame and Column: the extra may not be there
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.ansi.enabled": "false",  # what overflows in a branch that is not taken must not stop the draw
    "spark.sql.session.timeZone": "UTC",
}
CSV = {
    "header": "true", "encoding": "UTF-8", "quote": '"', "escape": '"', "multiLine": "true", "mode": "FAILFAST",
    "enforceSchema": "false", "emptyValue": "", "maxCharsPerColumn": "-1",
}  # fmt: skip
CONTROL, DIGITS_ONLY, SIZE = r"\p{Cc}", r"\A[0-9]{1,15}\z", r"\A0*[1-9][0-9]{0,14}\z"


def on_spark(master: str) -> Opener:
    """Opens frames for a draw on this master; `Invalid` where the extra or Java is missing."""
    try:
        import pyspark  # noqa: F401, PLC0415 - the extra
    except ImportError:
        said = _("Spark is not installed here: it comes with the extra mingcha[spark], by pip install 'mingcha[spark]'")
        raise Invalid(FieldProblem("engine", "no_spark", said)) from None
    java = Path(os.environ.get("JAVA_HOME", "")) / "bin" / "java"
    if not shutil.which("java") and not java.is_file():
        said = _("Spark needs Java, which is not here: install a Java runtime of version 17 or newer")
        raise Invalid(FieldProblem("engine", "no_java", said))

    @contextmanager
    def opened(frame: Path, design: Design, seed: str) -> Iterator[Opened]:
        from pyspark.errors import PySparkException  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415

        refuse_no_seed(seed)
        builder = SparkSession.builder.master(master).appName("mingcha draw")
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        try:
            yield SparkDrawing(session, frame, design, seed)
        except PySparkException as wrong:
            _name_what_is_wrong(frame, design)
            why = str(wrong).split("\n", 1)[0]
            raise Invalid(
                FieldProblem("file", "unreadable", _("Spark could not read the frame to its end: %(why)s", why=why))
            ) from wrong
        finally:
            session.stop()

    return opened


def _name_what_is_wrong(frame: Path, design: Design) -> None:
    """Rows have no numbers on many machines. DuckDB names them, however long it takes: nothing is drawn anyway."""
    with drawable(frame, design.reads):
        pass


class SparkDrawing:
    """A frame that Spark has looked at, and what its design takes of each stratum."""

    def __init__(self, session: Any, frame: Path, design: Design, seed: str) -> None:
        from pyspark.sql import functions  # noqa: PLC0415

        self.session, self.design, self.seed, self.f = session, design, seed, functions
        self.frame = self._looked_at(frame)
        counted = self.frame.groupBy("stratum").agg(
            functions.count("*").alias("size"), functions.sum(functions.col("measure").cast("decimal(38,0)"))
        )
        found = [(str(stratum), int(size), int(total or 0)) for stratum, size, total in counted.collect()]
        self._sizes = {stratum: size for stratum, size, _total in sorted(found)}
        self.totals = {stratum: total for stratum, _size, total in found}
        if not found or any(total >= MOST for total in self.totals.values()):
            _name_what_is_wrong(frame, design)
        self.main = design.allocate(self._sizes)

    @property
    def sizes(self) -> Mapping[str, int]:
        return self._sizes

    def units(self) -> Iterator[DrawnUnit]:
        taken = {stratum: min(n + self.design.reserve, self._sizes[stratum]) for stratum, n in self.main.items()}
        needed = {stratum: n for stratum, n in taken.items() if n}
        if not needed:
            return iter(())
        chances = None
        if self.design.size:
            main = {stratum: self.main[stratum] for stratum in needed}
            chances = settled(main, self._sizes, self.totals, self._reached)
            rows = self._by_size(needed, chances)
        elif self.design.numbers:
            rows = self._by_numbers(needed)
        else:
            rows = self._by_digest(needed)
        in_order = sorted(rows, key=lambda row: (row[0], row[4], row[2]))
        return ranked(((*row[:4],) for row in in_order), self.main, taken, chances)

    # --- the frame

    def _looked_at(self, path: Path) -> Frame:
        """Columns listing_id, stratum, digest and measure; `Invalid` names what cannot be drawn from."""
        f, reads, place = self.f, self.design.reads, path.resolve().as_uri()
        with path.open("rb") as stream:
            is_parquet = stream.read(4) == b"PAR1"
        read = self.session.read.parquet(place) if is_parquet else self.session.read.options(**CSV).csv(place)
        types, bands = dict(read.dtypes), dict(reads.bands)
        wanted = {"listing_id", *(c for c in reads.strata if c not in bands), *filter(None, [reads.size])}
        numbers = {band.column for name, band in bands.items() if band.column in types or name not in types}
        known = {"string", "tinyint", "smallint", "int", "bigint"}
        if any(types.get(column) not in known for column in wanted | numbers):
            _name_what_is_wrong(path, self.design)
            said = _("Spark reads texts and whole numbers: write the columns of the design so")
            raise Invalid(FieldProblem("file", "unreadable", said))
        cells = {column: f.coalesce(f.col(_quoted(column)).cast("string"), f.lit("")) for column in types}
        wrong = [self._is_bad_name(cells["listing_id"])]
        shown = []
        for column in reads.strata:
            band = bands.get(column)
            if band is None:
                wrong.append(self._is_bad_name(cells[column]))
                shown.append(cells[column])
            else:
                value, bad = self._in_band(cells, column, band)
                wrong.append(bad)
                shown.append(value)
        measure = f.lit(None).cast("bigint")
        if reads.size:
            wrong.append(~cells[reads.size].rlike(SIZE))
            measure = cells[reads.size].cast("bigint")
        is_wrong = wrong[0]
        for each in wrong[1:]:
            is_wrong = is_wrong | each
        strata = [value.alias(name) for value, name in zip(shown, strata_columns(reads.strata), strict=True)]
        found = read.select(cells["listing_id"].alias("listing_id"), measure.alias("measure"), *strata,
                            is_wrong.alias("is_wrong"))  # fmt: skip
        doubled = found.groupBy("listing_id").count().where("count > 1")
        if found.where("is_wrong").limit(1).count() or doubled.limit(1).count():
            _name_what_is_wrong(path, self.design)
            said = _("Some rows cannot be drawn from, and could not be named: look at the frame with --engine duckdb")
            raise Invalid(FieldProblem("file", "unreadable", said))
        stratum = f.concat_ws("/", *strata_columns(reads.strata)) if strata else f.lit("")
        return found.select("listing_id", "measure", stratum.alias("stratum"), self._sha256(self.seed).alias("digest"))

    def _is_bad_name(self, cell: Frame) -> Frame:
        return (cell == "") | cell.contains("/") | cell.rlike(CONTROL)

    def _in_band(self, cells: Mapping[str, Frame], column: str, band: Band) -> tuple[Frame, Frame]:
        """The value of a band, and whether the row is wrong: made of the number, read, or both and alike."""
        f, number, said = self.f, cells.get(band.column), cells.get(column)
        if number is None:
            assert said is not None
            return said, ~said.isin(*band.values)
        whole = number.cast("bigint")
        value = f.when(whole.isNull(), NONE)
        for edge, name in zip(band.edges, band.values, strict=False):
            value = value.when(whole < edge, name)
        value = value.otherwise(band.values[-2])
        bad = (number != "") & ~number.rlike(DIGITS_ONLY)
        return value, bad if said is None else bad | (said != value)

    # --- who comes first

    def _by_digest(self, needed: Mapping[str, int]) -> list[tuple[Any, ...]]:
        for is_last in (False, True):
            below = {s: ALL if is_last else bound_on_digests(n, self._sizes[s]) for s, n in needed.items()}
            rows = self._found("digest < below", "0", ("stratum string, below string", list(below.items())))
            if is_last or _are_enough(rows, needed):
                return rows
        raise AssertionError("the last bound lets all through")

    def _by_numbers(self, needed: Mapping[str, int]) -> list[tuple[Any, ...]]:
        numbers = self.design.numbers
        assert numbers is not None
        f, parted = self.f, numbers.bounds()
        first = self._sha256(numbers.seed) < f.col("permanent")
        part = f.when(f.col("permanent").isNull() | (first if numbers.first is First.BELOW else ~first), 0).otherwise(1)
        table = self._table(("stratum string, permanent string", [(s, parted.get(s)) for s in needed]))
        split = self.frame.join(f.broadcast(table), "stratum").withColumn("part", part)
        there = {
            (str(stratum), int(part)): int(count) for stratum, part, count in
            split.groupBy("stratum", "part").count().collect()
        }  # fmt: skip
        parts = {}
        for stratum, n in needed.items():
            parts[stratum, 0] = min(n, there.get((stratum, 0), 0))
            parts[stratum, 1] = n - parts[stratum, 0]
        for is_last in (False, True):
            bounds = [
                (stratum, which, ALL if is_last else bound_on_digests(n, there[stratum, which]))
                for (stratum, which), n in parts.items() if n
            ]  # fmt: skip
            bound = self._table(("stratum string, part int, below string", bounds))
            found = split.join(f.broadcast(bound), ["stratum", "part"]).where("digest < below")
            rows = [tuple(row) for row in found.select("stratum", "listing_id", "digest", "measure", "part").collect()]
            if is_last or _are_enough([((row[0], row[4]),) for row in rows], {key: n for key, n in parts.items() if n}):
                return rows
        raise AssertionError("the last bound lets all through")

    def _by_size(self, needed: Mapping[str, int], chances: Mapping[str, Chances]) -> list[tuple[Any, ...]]:
        odd = f"(2 * CAST(conv(substr(digest, 1, {DIGITS}), 16, 10) AS BIGINT) + 1)"
        key = (
            f"CASE WHEN measure >= certain_from THEN CAST({CERTAIN} AS DOUBLE) WHEN n = 0 THEN CAST('inf' AS DOUBLE) "
            f"ELSE (CAST({odd} AS DOUBLE) / CAST({HALVES} - {odd} AS DOUBLE)) "
            "* (CAST(shared - n * measure AS DOUBLE) / CAST(n * measure AS DOUBLE)) END"
        )
        shape = "stratum string, certain_from bigint, n bigint, shared bigint, at_most double, below string"
        for times in (*WIDER, None):
            bounds = []
            for stratum, n in needed.items():
                each, is_few = chances[stratum], times is not None and n < self._sizes[stratum]
                few = n - each.certain + SLACK * (isqrt(n) + 1)
                at_most = float((times or 1) * max(1.0, few / each.n)) if is_few and each.n else inf
                below = ALL if each.n or not is_few else bound_on_digests(n, self._sizes[stratum])
                bounds.append((stratum, each.certain_from, each.n, each.total, at_most, below))
            rows = self._found("key <= at_most AND digest < below", key, (shape, bounds))
            if times is None or _are_enough(rows, needed):
                return rows
        raise AssertionError("the last bound lets all through")

    def _reached(self, least: Mapping[str, int]) -> Iterable[tuple[str, int, int, int]]:
        f = self.f
        bound = self._table(("stratum string, least bigint", list(least.items())))
        found = self.frame.join(f.broadcast(bound), "stratum").where("measure >= least").groupBy("stratum")
        measure = f.col("measure")
        counted = found.agg(f.count("*"), f.sum(measure.cast("decimal(38,0)")), f.min(measure))
        for stratum, count, together, smallest in counted.collect():
            yield str(stratum), int(count), int(together), int(smallest)

    def _found(self, condition: str, key: str, bounds: tuple[str, list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
        """(stratum, listing_id, digest, measure, key) of whom the bounds let through."""
        joined = self.frame.join(self.f.broadcast(self._table(bounds)), "stratum")
        found = joined.withColumn("key", self.f.expr(key)).where(condition)
        return [tuple(row) for row in found.select("stratum", "listing_id", "digest", "measure", "key").collect()]

    def _table(self, told: tuple[str, list[tuple[Any, ...]]]) -> Frame:
        shape, rows = told
        return self.session.createDataFrame(rows, shape)

    def _sha256(self, seed: str) -> Frame:
        return self.f.sha2(self.f.concat(self.f.lit(f"{seed},"), self.f.col("listing_id")), 256)


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


def _are_enough(rows: Iterable[tuple[Any, ...]], needed: Mapping[Any, int]) -> bool:
    """Whether there are as many rows of each stratum, the first of a row, as are needed."""
    count: dict[Any, int] = {}
    for row in rows:
        count[row[0]] = count.get(row[0], 0) + 1
    return all(count.get(stratum, 0) >= n for stratum, n in needed.items())
