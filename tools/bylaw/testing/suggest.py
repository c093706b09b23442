"""Suggested cases as a suite: what each test is called, what it expects, and what it is for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bylaw.evaluation.interface import Json
from bylaw.evaluation.values import Reading
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import AppId
from bylaw.testing.documents import EntityFixture
from bylaw.testing.drafts import Surroundings
from bylaw.testing.gaps import Gap
from bylaw.testing.mutants import Mutant
from bylaw.testing.substitution import shown
from bylaw.testing.trials import Trial
from bylaw.testing.vocabulary import Unknown, Vocabulary
from bylaw.testing.yaml_writer import SCHEMA_LINE, write_yaml

SUITE: Final = "suggested"
ABOUT: Final = "requests that no other case asks about, with what the policies answer now"
MAX_READINGS = 2
MAX_NAME = 300


class Suggestion(NamedTuple):
    """One test to be added."""

    test: dict[str, Json]
    """As suites write it."""
    kills: tuple[Mutant, ...]
    """Survivors that no suggestion before it kills."""
    closes: tuple[Gap, ...]
    """Gaps that no suggestion before it closes."""


class Unmet(NamedTuple):
    """Something that nothing could be suggested for."""

    goal: Mutant | Gap
    reason: str


@dataclass(frozen=True)
class Suggestions:
    """What could be added to the suites of one app, as a suite of its own."""

    app: AppId
    path: str
    """Where the suite could stand."""
    suite: str
    use: tuple[str, ...]
    """Files of fixtures, relative to the tests of the app."""
    tests: tuple[Suggestion, ...]
    unreachable: tuple[Gap, ...] = ()
    """Proved: no case can close it."""
    unmet: tuple[Unmet, ...] = ()

    @property
    def kills(self) -> int:
        """How many survivors the suite kills."""
        return sum(len(suggestion.kills) for suggestion in self.tests)

    @property
    def closes(self) -> int:
        """How many gaps the suite closes."""
        return sum(len(suggestion.closes) for suggestion in self.tests)


def document_of(trial: Trial, name: str, surroundings: Surroundings, vocabulary: Vocabulary) -> dict[str, Json]:
    """A trial as a test of a suite."""
    answer = trial.answer
    expect: dict[str, Json] = {"decision": str(answer.decision)}
    if trial.exactly or answer.determining:
        expect["exactly" if trial.exactly else "by"] = list(answer.determining)
    if answer.errors:
        expect["errors"] = sorted({error.policy for error in answer.errors})
    parts = surroundings.test(trial.draft)
    request = parts["request"]
    short = vocabulary.action(trial.draft.action.id)
    if isinstance(request, dict) and not isinstance(short, Unknown) and short == trial.draft.action:
        parts["request"] = {**request, "action": trial.draft.action.id}
    return {"name": name, **parts, "expect": expect}


def title(trial: Trial, read: Sequence[Reading]) -> str:
    """`refund by clerk is denied by limits/cap-refund: context.input.amount is 500.01`."""
    draft, answer = trial.draft, trial.answer
    who = draft.principal.id if isinstance(draft.principal, EntityFixture) else draft.principal
    word = "allowed" if answer.decision is Decision.ALLOW else "denied"
    by = f" by {', '.join(answer.determining)}" if answer.determining else ", as nothing permits it"
    details = "; ".join(
        f"{one.path} is {'absent' if one.value is None else shown(one.value)}" for one in read[:MAX_READINGS]
    )
    text = f"{draft.action.id} by {who} is {word}{by}" + (f": {details}" if details else "")
    return text[:MAX_NAME]


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """`names`, each after the first of its kind with a number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        suffix = "" if seen[name] == 1 else f" ({seen[name]})"
        found.append(f"{name[: MAX_NAME - len(suffix)]}{suffix}")
    return tuple(found)


def suite_text(
    suite: str, use: Sequence[str], tests: Sequence[Mapping[str, Json]], comments: Sequence[Sequence[str]] = ()
) -> str:
    """A suite as a file, each test below its comments (which stand in one line each)."""
    head: dict[str, Json] = {"suite": suite, "about": ABOUT, **({"use": list(use)} if use else {})}
    lines = [SCHEMA_LINE, _yaml(head), "tests:\n"]
    for number, test in enumerate(tests):
        lines += [f"  # {comment}\n" for comment in (comments[number] if comments else ())]
        lines.append(_yaml({"tests": [test]}).removeprefix("tests:\n"))
    return "".join(lines)


def _yaml(document: Mapping[str, Json]) -> str:
    text = write_yaml(document, width=MAX_NAME)
    return text if text.replace("\n", "").isprintable() else write_yaml(document, width=MAX_NAME, escaped=True)
