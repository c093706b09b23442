"""SARIF 2.1.0, as code scanning accepts it.

Written from typed values and validated against the schema in the tests. The limits are those of the consumer: what is over one
is cut worst-last, and a notification says how much was cut, because a file over a limit is refused as a whole. A run that crashed
is a valid log too, with `executionSuccessful: false`: consumers then see "broken", not "clean".
"""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bylaw.model.digests import digest_text
from bylaw.model.errors import InternalError
from bylaw.model.exit_codes import ExitCode
from bylaw.reporting.json_v1 import Json, JsonObject, dump
from bylaw.reporting.problem import Problem, amount
from bylaw.reporting.sarif_values import SarifRule, notification, result_json, rule_json, rule_of

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
WHOLE_REPOSITORY: Final = "bylaw/"

MAX_RUNS: Final = 20
MAX_RESULTS: Final = 25_000
MAX_RULES: Final = 25_000
MAX_COMPRESSED: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class SarifRun:
    """One run: what one analysis says of one category."""

    problems: tuple[Problem, ...]
    rules: tuple[SarifRule, ...] = ()
    """Descriptors; a code without one gets a plain one."""
    category: str = WHOLE_REPOSITORY
    """`bylaw/` for the repository, `bylaw/<app>/` for an app; two runs of one upload never share it."""
    crash: str | None = None
    """Why the run did not finish; none when it did."""
    exit_code: ExitCode = ExitCode.OK


def render(runs: Sequence[SarifRun], version: str, *, default_path: str = "bylaw.yaml") -> str:
    """The log; ends with a line break.

    Args:
        runs: At most 20, each with a category of its own.
        version: Of the tool.
        default_path: Where a problem without a place is shown.

    Raises:
        InternalError: Too many runs, or two with one category.
    """
    categories = {run.category for run in runs}
    if len(runs) > MAX_RUNS or len(categories) != len(runs):
        raise InternalError(
            f"{amount(len(runs), 'SARIF run')} of {len(categories)} categories, limit {MAX_RUNS} and one each"
        )
    keep = MAX_RESULTS
    while True:
        text = dump(_log(runs, version, default_path, keep))
        if len(gzip.compress(text.encode(), compresslevel=6, mtime=0)) <= MAX_COMPRESSED or keep == 0:
            return text
        keep = min(keep, max(len(run.problems) for run in runs)) // 2


def _log(runs: Iterable[SarifRun], version: str, default_path: str, keep: int) -> JsonObject:
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [_run(run, version, default_path, keep) for run in runs],
    }


def _run(run: SarifRun, version: str, default_path: str, keep: int) -> Json:
    # Stored worst first: consumers keep the first few thousand.
    kept = sorted(run.problems, key=lambda problem: (not problem.active, problem.worst_first))[:keep]
    rules = _rules(run.rules, kept)
    index = {rule.id: position for position, rule in enumerate(rules)}
    return {
        "automationDetails": {"id": run.category},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(run, len(run.problems) - len(kept))],
        "results": _results(kept, index, default_path),
        "tool": {
            "driver": {
                "name": "bylaw",
                "semanticVersion": version,
                "rules": [rule_json(rule) for rule in rules],
            }
        },
    }


def _rules(known: Iterable[SarifRule], problems: Iterable[Problem]) -> list[SarifRule]:
    """The descriptors, sorted by id: the given ones, and plain ones for codes that have none."""
    found: dict[str, SarifRule] = {problem.code: rule_of(problem) for problem in problems}
    found.update((rule.id, rule) for rule in known)
    needed = {problem.code for problem in problems}
    ordered = sorted(found.values(), key=lambda rule: (rule.id not in needed, rule.id))[:MAX_RULES]
    return sorted(ordered, key=lambda rule: rule.id)


def _results(problems: Iterable[Problem], index: Mapping[str, int], default_path: str) -> list[Json]:
    seen: dict[str, int] = {}
    results: list[Json] = []
    for problem in problems:
        fingerprint = problem.fingerprint or _fallback_fingerprint(problem)
        seen[fingerprint] = seen.get(fingerprint, 0) + 1
        unique = replace(problem, fingerprint=f"{fingerprint}:{seen[fingerprint]}")
        results.append(result_json(unique, index[problem.code], default_path))
    return results


def _fallback_fingerprint(problem: Problem) -> str:
    # Without line numbers: the same sentence about the same file is the same alert after lines moved.
    return digest_text(dump([problem.code, problem.span.path if problem.span else None, problem.message]))


def _invocation(run: SarifRun, left_out: int) -> Json:
    notes: list[Json] = []
    if run.crash is not None:
        notes.append(notification("internal-error", "error", run.crash))
    if left_out:
        notes.append(
            notification("results-left-out", "warning", f"{amount(left_out, 'result')} left out, the limit is reached")
        )
    invocation: JsonObject = {"executionSuccessful": run.crash is None, "exitCode": int(run.exit_code)}
    return invocation | ({"toolExecutionNotifications": notes} if notes else {})
