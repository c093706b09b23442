"""The pull-request report: verdict line, what is newly allowed, findings, tests, plans, details.

Small values go in, `Section`s come out; `bylaw.reporting.sections.assemble` makes the page, whole or cut to a limit. All text
that comes from a repository passes through `bylaw.reporting.hostile`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bylaw.reporting.hostile import code_span, fence, message, prose
from bylaw.reporting.junit import JUnitCase, JUnitSuite, Outcome
from bylaw.reporting.problem import Problem, amount, headline
from bylaw.reporting.sections import Priority, Section

SHORT_COMMIT: Final = 12


def verdict(*, ok: bool, text: str, compared: tuple[str, str] | None = None) -> Section:
    """The first line: whether it passed, what it is about, and which two commits were compared."""
    lines = [f"**{'passed' if ok else 'failed'}**: {message(text)}"]
    if compared is not None:
        base, head = (code_span(commit[:SHORT_COMMIT]) for commit in compared)
        lines += ["", f"Compared {base} (base) with {head}."]
    return Section(Priority.VERDICT, "", lead=tuple(lines))


def table(
    priority: Priority,
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    note: str = "",
    folded: bool = False,
) -> Section:
    """A table of cells that are safe Markdown already (made with `in_table=True`); `title`, `header` and `note` are ours."""
    lead = ([note, ""] if note else []) + [_row(header), _row("---" for _ in header)]
    return Section(priority, title, rows=tuple(_row(row) for row in rows), lead=tuple(lead), folded=folded)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def findings(problems: Iterable[Problem], noun: str = "finding") -> Section:
    """What counts, worst first; the rest is in the counts of the headline."""
    rows = sorted(problems, key=lambda row: row.worst_first)
    active = [row for row in rows if row.active]
    if not active:
        return Section(Priority.FINDINGS, "Findings", lead=(f"{headline(rows, noun)}.",))
    cells = [(str(row.severity), _code(row), _place(row), message(row.message, in_table=True)) for row in active]
    header = ("severity", "rule", "place", "message")
    return table(Priority.FINDINGS, "Findings", header, cells, note=f"{headline(rows, noun)}.")


def _code(row: Problem) -> str:
    return code_span(row.code, in_table=True)


def _place(row: Problem) -> str:
    return code_span(str(row.span), in_table=True) if row.span else "—"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One level of coverage: how much of it the tests reached."""

    level: str
    covered: int
    total: int

    @property
    def text(self) -> str:
        """`condition 90.5 % (19 of 21)`; rounded down, so that 100 % means all."""
        if not self.total:
            return f"{self.level}: nothing to cover"
        permille = self.covered * 1000 // self.total
        return f"{self.level} {permille // 10}.{permille % 10} % ({self.covered:,} of {self.total:,})"


def suite_results(suites: Iterable[JUnitSuite], coverage: Iterable[Coverage] = ()) -> Section:
    """The counts, coverage, and each case that did not pass."""
    cases = [case for suite in suites for case in suite.cases]
    bad = [case for case in cases if case.outcome in {Outcome.FAILED, Outcome.ERROR}]
    skipped = sum(case.outcome is Outcome.SKIPPED for case in cases)
    counts = f"{amount(len(cases), 'test')}, {len(bad):,} failed, {skipped:,} skipped"
    covered = "; ".join(prose(level.text) for level in coverage)
    note = f"{counts}.{f' Coverage: {covered}.' if covered else ''}"
    if not bad:
        return Section(Priority.TESTS, "Tests", lead=(note,))
    return table(Priority.TESTS, "Tests", ("test", "place", "what happened"), map(_failure, bad), note=note)


def _failure(case: JUnitCase) -> tuple[str, str, str]:
    return (
        code_span(f"{case.classname} > {case.name}", in_table=True),
        code_span(f"{case.file}:{case.line}", in_table=True) if case.file else "—",
        message(case.message, in_table=True),
    )


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One line of a plan."""

    action: str
    """`create`, `update` or `delete`."""
    policy: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """What a plan shows to the person who approves it."""

    target: str
    plan_hash: str
    totals: str
    """`1 to create, 2 to delete`; ours."""
    changes: tuple[PlannedChange, ...]
    refusals: tuple[str, ...] = ()
    """What stands against the plan; such a plan is not applied."""
    notices: tuple[str, ...] = ()


def plan(view: PlanView) -> Section:
    """The plan of one target with the hash that the apply step will insist on."""
    title = f"Plan for {code_span(view.target)}"
    lead = [f"{view.totals}. Plan hash {code_span(view.plan_hash)}."]
    lead += [f"\n**refused**: {message(refusal)}" for refusal in view.refusals]
    lead += [f"\n**note**: {message(notice)}" for notice in view.notices]
    if not view.changes:
        return Section(Priority.PLAN, title, lead=tuple(lead))
    cells = [
        (
            prose(change.action, in_table=True),
            code_span(change.policy, in_table=True),
            message(change.note, in_table=True),
        )
        for change in view.changes
    ]
    return table(Priority.PLAN, title, ("action", "policy", "note"), cells, note="\n".join(lead))


def details(title: str, text: str, *, info: str = "", priority: Priority = Priority.DETAILS) -> Section:
    """Folded text of any kind; may be cut between its lines. `title` and `info` are ours."""
    first, *rows, last = fence(text, info).split("\n")
    return Section(priority, title, rows=tuple(rows), lead=(first,), tail=(last,), folded=True)
