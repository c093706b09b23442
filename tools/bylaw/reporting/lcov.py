"""Policy coverage as an LCOV trace file: a policy is a function, a condition a branch with two ways."""

from collections.abc import Iterable, Iterator

from bylaw.reporting.hostile import visible
from bylaw.testing.coverage import CoverageReport, Hits, PolicyCoverage
from bylaw.testing.lines import Line, lines


def render(reports: Iterable[CoverageReport]) -> str:
    """The trace file; one record for each policy file, sorted by path."""
    policies = sorted((policy for report in reports for policy in report.policies), key=lambda policy: policy.span.path)
    return "".join(f"{line}\n" for policy in policies for line in _record(policy))


def _record(policy: PolicyCoverage) -> Iterator[str]:
    rows = lines(policy)
    if not rows:
        return
    yield "TN:"
    yield f"SF:{visible(policy.span.path)}"
    yield f"FN:{policy.span.start.line},{policy.policy}"
    yield f"FNDA:{policy.matched},{policy.policy}"
    yield "FNF:1"
    yield f"FNH:{int(policy.matched > 0)}"
    for row in rows:
        yield from _branches(row)
    yield f"BRF:{2 * sum(len(row.branches) for row in rows)}"
    yield f"BRH:{sum(row.taken for row in rows)}"
    for row in rows:
        yield f"DA:{row.number},{row.hits}"
    yield f"LF:{len(rows)}"
    yield f"LH:{sum(row.hits > 0 for row in rows)}"
    yield "end_of_record"


def _branches(row: Line) -> Iterator[str]:
    for block, branch in enumerate(row.branches):
        for way, taken in enumerate((branch.true, branch.false)):
            yield f"BRDA:{row.number},{block},{way},{_taken(branch, taken)}"


def _taken(branch: Hits, taken: int) -> str:
    """A dash where the condition was never reached."""
    return str(taken) if branch.reached else "-"
