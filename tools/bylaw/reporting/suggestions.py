"""Suggested cases: a suite ready to be pasted, each test below what it is for, and what nothing could be suggested for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from rich.text import Text

from bylaw.model.identifiers import AppId
from bylaw.reporting.hostile import fence, visible
from bylaw.reporting.json_v1 import Json, JsonObject, span_json
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Priority, Section
from bylaw.testing.gaps import Gap
from bylaw.testing.mutants import Mutant
from bylaw.testing.suggest import Suggestion, Suggestions, suite_text

REVIEW = "Each test expects what the policies answer now. Read it before you keep it."
DROPPED = "(dropped)"


@dataclass(frozen=True)
class SuggestionResults:
    """The suggestions for every app."""

    found: Mapping[AppId, Suggestions]


def suggestions_text(found: Suggestions) -> Text:
    """What could not be suggested, then the suite, to the end of the text."""
    text = Text()
    for gap in found.unreachable:
        text.append(f"  {gap.span}  ", style="dim").append(f"{visible(gap.text)} in no case there could be\n")
    for goal, reason in found.unmet:
        text.append(f"  {goal.span}  ", style="dim")
        text.append(f"not settled: {visible(_told(goal))} ({visible(reason)})\n", style="yellow")
    if not found.tests:
        return text.append(f"{found.app}: no case to suggest\n", style="bold")
    text.append(f"{found.app}: {headline(found)}, as {visible(found.path)}:\n\n", style="bold")
    return text.append(suggested_yaml(found))


def headline(found: Suggestions) -> str:
    """`3 cases suggested, which kill 5 mutants and close 2 gaps of the coverage`."""
    does = [f"kill {amount(found.kills, 'mutant')}"] if found.kills else []
    does += [f"close {amount(found.closes, 'gap')} of the coverage"] if found.closes else []
    return f"{amount(len(found.tests), 'case')} suggested, to {' and '.join(does)}"


def suggested_yaml(found: Suggestions) -> str:
    """The suite, with comments."""
    tests = [suggestion.test for suggestion in found.tests]
    return suite_text(found.suite, found.use, tests, [list(_comments(one)) for one in found.tests])


def _comments(suggestion: Suggestion) -> Iterator[str]:
    for mutant in suggestion.kills:
        yield f"Notices {visible(mutant.id)} ({visible(str(mutant.span))}):"
        yield f"  {_told(mutant)}"
    for gap in suggestion.closes:
        yield f"First in which {visible(gap.text)} ({visible(str(gap.span))})."


def _told(goal: Mutant | Gap) -> str:
    if isinstance(goal, Gap):
        return visible(goal.text)
    return f"{visible(goal.before)}  →  {visible(goal.after) or DROPPED}"


def suggestions_section(found: Suggestions) -> Section:
    """The suite as a block, folded."""
    if not found.tests:
        return Section(Priority.DETAILS, "", lead=(f"{found.app}: no case to suggest.",))
    first, *rows, last = fence(suggested_yaml(found).strip(), info="yaml").split("\n")
    title = f"{found.app}: {headline(found)}"
    return Section(Priority.DETAILS, title, rows=tuple(rows), lead=(REVIEW, "", first), tail=(last,), folded=True)


def suggestions_json(results: SuggestionResults) -> Json:
    """The suite of each app as text and as data, and what each test is for."""
    return {app: _found_json(found) for app, found in results.found.items()}


def _found_json(found: Suggestions) -> JsonObject:
    return {
        "path": found.path,
        "suite": found.suite,
        "use": list(found.use),
        "yaml": suggested_yaml(found) if found.tests else None,
        "tests": [
            {
                "test": cast("JsonObject", suggestion.test),
                "kills": [mutant.id for mutant in suggestion.kills],
                "closes": [_gap_json(gap) for gap in suggestion.closes],
            }
            for suggestion in found.tests
        ],
        "unreachable": [_gap_json(gap) for gap in found.unreachable],
        "unsettled": [
            {**(_gap_json(goal) if isinstance(goal, Gap) else {"mutant": goal.id}), "reason": reason}
            for goal, reason in found.unmet
        ],
    }


def _gap_json(gap: Gap) -> JsonObject:
    return {"level": str(gap.level), "policy": gap.policy, "span": span_json(gap.span), "message": gap.text}
