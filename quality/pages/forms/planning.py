"""What a coordinator plans: the campaign, its strata and quotas, and the test items, as many rows as it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from sqlalchemy.orm import Session

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.bands import Band, Reads
from quality.campaigns.frame.headings import meaning
from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.operations import MISSING, ItemPlan, Plan
from quality.campaigns.strata import with_names
from quality.competence.queries import laboratories
from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.pages.forms.by_stratum import as_lines, numbers_by_stratum
from quality.pages.forms.campaigns import of_the_file
from quality.pages.forms.fields import Choice, Choices, Day, Line, Paragraph, Whole, Yuan
from quality.pages.forms.overlap import OVERLAP, OverlapFields, at_its_field, numbers_of, overlap_as_typed
from quality.pages.forms.sheet import put_beside
from quality.pages.words import CODES
from quality.people.actor import Actor
from quality.standards.judgement import Rule

STRATA = ("platform", "category", "region", "brand")
A_FEW, MOST = 5, 60  # rows of test items: at first, and at all
IN_A_ROW = ("item", "limit", "method", "rule", "clause", "product", "lab_fee_fen")
WHAT = ("title", "kind", "basis", "category", "starts_on", "ends_on", "follow_up")
MONEY = ("pieces", "price_cap_fen", "budget_fen", "laboratory")
SOURCE = re.compile(r"[1-9]\d{0,8}")
DRAWN_AS: Mapping[str, type[Choice | Yuan]] = {"rule": Choice, "lab_fee_fen": Yuan}
A_BAND = re.compile(r"\s*([^=]+?)\s*=\s*(.+?)\s*:\s*([^:]+)")
LONGEST_NUMBER = 20  # characters of what is none, said back
BANDS = {"price_edges": ("price_band", "price_fen"), "sales_edges": ("sales_band", "monthly_sales")}
DIVIDED = re.compile(r"\s*[,，、;；]\s*")


class PlanForm(OverlapFields):
    title = Line(_("Title"), _("As the public will read it"))
    kind = Choice(_("Kind"), _("A probability sample may speak for the whole; a risk-targeted one only counts"))
    basis = Paragraph(_("Legal basis"), _("Law and article, and the plan of the year"))
    category = Line(_("Category"))
    starts_on = Day(_("Begins"))
    ends_on = Day(_("Ends"))
    follow_up = Choices(_("Follow-up"), {"yes": _("It may draw again what was sampled lately")})
    pieces = Whole(_("Pieces of each sample"), _("Test and backup portion together; empty: one"), optional=True)
    budget_fen = Yuan(_("Budget, in yuan"), _("For all purchases and all laboratory fees"), optional=True)
    price_cap_fen = Yuan(_("Price cap, in yuan"), _("What one purchase may cost, shipping included"), optional=True)
    laboratory = Choice(_("Planned laboratory"), _("Which one tests is decided when a sample is sent"), optional=True)
    strata = Choices(_("Strata by"), {name: CODES["column"][name] for name in STRATA})
    more_strata = Line(_("Strata by other columns of the frame"), _("Their names, with commas between"), optional=True)
    price_edges = Line(
        _("Strata by price, in yuan"), _("Where the next band begins, with commas between: 50, 200"), optional=True
    )
    sales_edges = Line(
        _("Strata by monthly sales"), _("Where the next band begins, with commas between: 10, 500"), optional=True
    )
    more_bands = Paragraph(
        _("Strata by other numbers of the frame"), _("A band a line: its name = the column: 10, 20"), optional=True
    )
    allocation_method = Choice(_("Allocation"))
    allocation_n = Whole(_("To buy, in all"), _("Stays empty where each stratum has its own number"), optional=True)
    size_basis = Paragraph(
        _("Why this sample size"),
        _("The precision that is wanted, a rule, or what the budget allows: the reviewer asks"),
        optional=True,
    )
    allocation_min_per_stratum = Whole(_("At least in each stratum"), optional=True)
    reserve = Whole(_("Reserve in each stratum"), _("They take the place of what cannot be bought"), optional=True)
    by_stratum = Paragraph(
        _("For each stratum"),
        _("Only for Neyman (the deviation S) and for given numbers; a stratum a line: name = number"),
        optional=True,
    )
    cost_by_stratum = Paragraph(
        _("Cost of a purchase in each stratum"),
        _("Only for Neyman: what is dear is bought less. A stratum a line: name = yuan"),
        optional=True,
    )
    size_column = Line(
        _("Chances by size"),
        _("A column of whole numbers above 0, such as monthly_sales; stays empty for the same chance in a stratum"),
        optional=True,
    )

    from_standard = Line(_("Standard"), _("Its number, as it stands in your library"), optional=True)
    from_category = Line(_("Category of the standard"), _("Stays empty for limits of every product"), optional=True)

    def rows(self) -> list[list[Any]]:
        """The fields of the test items, row by row, for the table."""
        found: list[list[Any]] = []
        while f"item_{len(found) + 1}" in self:
            found.append([self[f"{name}_{len(found) + 1}"] for name in IN_A_ROW])
        return found

    def named(self, names: Sequence[str]) -> list[Any]:
        return [self[name] for name in names]

    def of_sampling(self) -> list[Any]:
        """All fields but those of the test items and the `named` ones."""
        return [f for f in self.above() if f.name not in {*WHAT, *MONEY, *OVERLAP}]

    def above(self) -> list[Any]:
        """All but those of the test items."""
        return [f for f in self if not re.fullmatch(rf"({'|'.join((*IN_A_ROW, 'source'))})_\d+|from_\w+", f.name)]

    def filled(self) -> list[int]:
        """The rows that say anything."""
        rows = enumerate(self.rows(), 1)
        return [row for row, fields in rows if any(f.data not in {None, ""} for f in fields if "rule" not in f.name)]

    def source_of(self, row: int) -> int | None:
        """The limit of the library that a row was taken from."""
        typed = self[f"source_{row}"].data or ""
        return int(typed) if SOURCE.fullmatch(typed) else None


def planning(session: Session, count: int, campaign: Campaign | None = None) -> PlanForm:
    """With `count` rows for test items, and what stands in `campaign`."""
    fields: dict[str, Any] = {}
    for row in range(1, min(count, MOST) + 1):
        words: dict[str, Text] = {"item": _("Test item"), "limit": _("Limit"), "method": _("Method")}
        words |= {"rule": _("Decision rule"), "clause": _("Clause"), "product": _("Only for the product")}
        words |= {"lab_fee_fen": _("Laboratory fee, in yuan")}
        for name, word in words.items():
            label = _("%(field)s, row %(row)s", field=word, row=row)
            fields[f"{name}_{row}"] = DRAWN_AS.get(name, Line)(label, optional=True)
        fields[f"source_{row}"] = Line(_("From the library"), optional=True)
    form: PlanForm = type("Planning", (PlanForm,), fields)(data=written(session, campaign) if campaign else BEGINNING)
    form.kind.offer(CODES["campaign_kind"])
    form.allocation_method.offer(CODES["allocation"])
    form.numbers_first.offer(CODES["numbers_first"])
    form.laboratory.offer({each.code: each.name for each in laboratories(session)})
    for fields_of_row in form.rows():
        fields_of_row[IN_A_ROW.index("rule")].offer(CODES["rule"])
    return form


AS_KEPT = ("title", "basis", "category", "starts_on", "ends_on", "price_cap_fen", "budget_fen", "size_basis", "pieces")
BEGINNING = {
    "kind": CampaignKind.PROBABILITY.value,
    "strata": ["platform", "category"],
    "allocation_method": Method.PROPORTIONAL.value,
    "allocation_min_per_stratum": 2,
    "reserve": 3,
    "pieces": 2,
}


def written(session: Session, campaign: Campaign) -> dict[str, Any]:
    """A plan as the form takes it."""
    design = parse_design(campaign.design)
    shown = {name: getattr(campaign, name) for name in AS_KEPT}
    shown |= {"kind": campaign.kind.value, "reserve": design.reserve}
    shown |= {"laboratory": campaign.laboratory.code if campaign.laboratory else ""}
    shown |= {"follow_up": ["yes"] if campaign.follow_up else []}
    shown |= {"strata": [name for name in design.strata if name in STRATA]}
    shown |= {"more_strata": ", ".join(name for name in design.columns if name not in STRATA)}
    shown |= bands_as_typed(design)
    shown |= {"allocation_method": design.method.value, "allocation_n": design.n}
    shown |= {"allocation_min_per_stratum": design.min_per_stratum, "by_stratum": by_stratum(design)}
    shown |= {"cost_by_stratum": as_lines(design.costs, design), "size_column": design.size}
    shown |= overlap_as_typed(session, campaign.agency_id, design)
    for row, item in enumerate(campaign.items, 1):
        shown |= {f"{name}_{row}": getattr(item, name) for name in IN_A_ROW}
        shown |= {f"source_{row}": str(item.standard_limit_id or "")}
    return shown


def by_stratum(design: Design) -> str:
    return as_lines(design.deviations or design.fixed, design)


def read(session: Session, me: Actor, form: PlanForm) -> Plan | None:
    """What was typed as a plan, or None: what is wrong stands beside the fields."""
    problems: list[FieldProblem] = []
    design = design_of(form, problems)
    if numbers := numbers_of(session, me, form, names_in(form, []), problems):
        design["numbers"] = numbers
    items = items_of(form, problems)
    problems += [FieldProblem(name, "missing", text) for name, text in MISSING.items() if not form[name].data]
    fits = form.validate()
    put_beside(form, [each for each in problems if not is_said(form, each)])
    if not fits or problems:
        return None
    return Plan(
        title=form.title.data or "",
        kind=CampaignKind(form.kind.data or ""),
        basis=form.basis.data or "",
        category=form.category.data or "",
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        design=design,
        items=items,
        price_cap_fen=form.price_cap_fen.data,
        pieces=1 if form.pieces.data is None else form.pieces.data,
        budget_fen=form.budget_fen.data,
        size_basis=form.size_basis.data or "",
        follow_up=bool(form.follow_up.data),
        laboratory=form.laboratory.data or "",
    )


def is_said(form: PlanForm, problem: FieldProblem) -> bool:
    """That nothing is there, of a field that says so itself, or that what is there cannot be read."""
    return problem.code == "missing" and problem.field in form and bool(form[problem.field].errors)


def design_of(form: PlanForm, problems: list[FieldProblem]) -> dict[str, Any]:
    """The design as JSON (campaigns/design.py), which says itself what is wrong with it."""
    method, of = form.allocation_method.data, names_in(form, problems)
    allocation: dict[str, Any] = {"method": method, "min_per_stratum": form.allocation_min_per_stratum.data or 0}
    given = numbers_by_stratum(form.by_stratum.data or "", problems, of=of)
    if method == Method.FIXED:
        allocation["fixed"] = {name: int(value) for name, value in given.items()}
        if any(value != int(value) for value in given.values()):
            problems.append(FieldProblem("by_stratum", "not_whole", _("Give whole numbers to buy")))
        if not given:
            problems.append(FieldProblem("by_stratum", "missing", _("Give the number to buy in each stratum")))
    else:
        allocation["n"] = form.allocation_n.data
        if form.allocation_n.data is None and not form.allocation_n.errors:
            problems.append(FieldProblem("allocation_n", "missing", _("Say how many listings to draw")))
    if method == Method.NEYMAN:
        allocation["S"] = {name: f"{value:f}" for name, value in given.items()}
        if not given:
            problems.append(FieldProblem("by_stratum", "missing", _("Give the deviation S of each stratum")))
        costs = numbers_by_stratum(form.cost_by_stratum.data or "", problems, "cost_by_stratum", of=of)
        allocation |= {"cost": {name: f"{value:f}" for name, value in costs.items()}} if costs else {}
    design = {
        "strata": list(of.strata),
        "bands": {name: {"column": band.column, "edges": list(band.edges)} for name, band in of.bands},
        "allocation": allocation,
        "reserve": form.reserve.data or 0,
    }
    if size := form.size_column.data:
        design["size"] = {"column": meaning(size) or size}
    return design


def names_in(form: PlanForm, problems: list[FieldProblem]) -> Reads:
    """What the names of strata are made of, as far as it is typed."""
    more = [name for name in DIVIDED.split(form.more_strata.data or "") if name]
    bands = bands_of(form, problems)
    strata = (*(form.strata.data or []), *more, *(name for name in bands if name not in more))
    return Reads(strata, tuple((name, Band(of["column"], tuple(of["edges"]))) for name, of in bands.items()))


def bands_as_typed(design: Design) -> dict[str, str]:
    """The reverse of `bands_of`."""
    fields = {made: field for field, made in BANDS.items()}
    shown, more = {}, []
    for name, band in design.bands:
        field = fields.get((name, band.column), "")
        edges = [f"{Decimal(edge) / 100:f}" if field == "price_edges" else str(edge) for edge in band.edges]
        if field:
            shown[field] = ", ".join(edges)
        else:
            more.append(f"{name} = {band.column}: {', '.join(edges)}")
    return shown | {"more_bands": "\n".join(more)}


def bands_of(form: PlanForm, problems: list[FieldProblem]) -> dict[str, Any]:
    """The bands of a design; what is no number is said beside its field, the rest by the design."""
    bands: dict[str, Any] = {}
    for field, (name, column) in BANDS.items():
        if typed := form[field].data:
            bands[name] = {"column": column, "edges": edges_of(typed, field, problems, is_yuan=column == "price_fen")}
    for row, line in enumerate((form.more_bands.data or "").splitlines(), 1):
        found = A_BAND.fullmatch(line.replace("＝", "=").replace("：", ":"))
        if found:
            edges = edges_of(found[3], "more_bands", problems)
            bands[found[1]] = {"column": found[2], "edges": edges}
        elif line.strip():
            said = _("Line %(row)s: write name = column: 10, 20", row=row)
            problems.append(FieldProblem("more_bands", "bad_line", said))
    return bands


def edges_of(typed: str, field: str, problems: list[FieldProblem], *, is_yuan: bool = False) -> list[int]:
    """Whole numbers; yuan become fen."""
    edges = []
    for each in filter(None, DIVIDED.split(typed.strip())):
        if not re.fullmatch(r"\d{1,12}(\.\d{1,2})?" if is_yuan else r"\d{1,15}", each, re.ASCII):
            seen = "".join(c if c.isprintable() else "\ufffd" for c in each[:LONGEST_NUMBER])
            said = _("%(value)s is no number that a band can begin with", value=seen)
            problems.append(FieldProblem(field, "bad_edge", said))
        else:
            edges.append(int(Decimal(each) * 100) if is_yuan else int(each))
    return edges


def items_of(form: PlanForm, problems: list[FieldProblem]) -> Sequence[ItemPlan]:
    """The rows that say anything. One with a gap is named by its field, in its own row."""
    items: list[ItemPlan] = []
    filled = form.filled()
    for row, fields in enumerate(form.rows(), 1):
        *texts, fee = fields
        said = {name: cast(str, f.data or "") for name, f in zip(IN_A_ROW, texts, strict=False)}
        if row not in filled:
            continue
        if not said["item"]:
            problems.append(FieldProblem(f"item_{row}", "missing", _("Enter the test item")))
        if not said["limit"]:
            problems.append(FieldProblem(f"limit_{row}", "missing", _("Enter the limit, such as ≤ 90 mg/kg")))
        named = said | {"rule": said["rule"] or Rule.SIMPLE.value}
        items.append(ItemPlan(**named, standard_limit_id=form.source_of(row), lab_fee_fen=fee.data))
    return items


def at_their_rows(form: PlanForm, problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """`items 2, limit` counts the rows that say anything; the form also has empty ones between them."""
    filled, names = form.filled(), names_in(form, [])
    placed = []
    for problem in map(at_its_field, problems):
        found = re.fullmatch(r"items (\d+), (\w+)", problem.field)
        design = problem.field.startswith(("allocation.S", "allocation.fixed", "allocation.cost"))
        if problem.field.startswith("bands."):
            name = problem.field.split(".")[1]
            at = next((field for field, (band, _column) in BANDS.items() if band == name), "more_bands")
            problem = problem._replace(field=at)  # noqa: PLW2901
        elif problem.code == "bad_size":  # of a row of the frame, and so of the column that was chosen
            problem = FieldProblem("size_column", problem.code, of_the_file(problem))  # noqa: PLW2901
        elif found:
            problem = problem._replace(field=f"{found[2]}_{filled[int(found[1]) - 1]}")  # noqa: PLW2901
        elif design:
            of_costs = problem.field.startswith("allocation.cost")
            at = "cost_by_stratum" if of_costs else "by_stratum"
            problem = FieldProblem(at, problem.code, with_names(problem.text, names.strata, names.bands))  # noqa: PLW2901
        placed.append(problem)
    return placed
