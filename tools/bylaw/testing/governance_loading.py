"""The suites of a `governance` app, read from its source tree."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from bylaw.evaluation.governance.decisions import EnforcementMode
from bylaw.evaluation.governance.events import GovernanceEvent, KillSwitch, Outcome, TargetType
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import ApprovalStatus
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.model.decisions import Decision
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.exact import exact
from bylaw.model.identifiers import PolicyId
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.layout import App
from bylaw.repository.yaml_reader import Route, YamlFile
from bylaw.testing.case import BaseCase, Expected, Skipped
from bylaw.testing.governance_documents import (
    EventDocument,
    GovernanceExpect,
    GovernanceSuiteDocument,
    GovernanceTest,
    Who,
)
from bylaw.testing.loading import suite_texts, without_suite
from bylaw.testing.vocabulary import did_you_mean

START_MS: Final = 1_774_958_400_000
"""2026-03-31T12:00:00Z, when every test begins."""
MAX_EVENTS: Final = 10_000
"""Of one suite."""
NOBODY: Final = "agent"
"""The agent of an event that names none."""
_UNITS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Wanted(NamedTuple):
    """What is expected of one decision."""

    decision: Decision
    reason: str | None = None
    policy: str | None = None
    rule: str | None = None


class Happening(NamedTuple):
    """One event of a test, what was answered to a request for its approval, and what is expected."""

    event: GovernanceEvent
    approval: ApprovalStatus | None = None
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceCase(BaseCase):
    """Events one after the other; those with an expectation are judged."""

    happenings: tuple[Happening, ...]
    mode: EnforcementMode
    exceptions: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class _Suite:
    document: GovernanceSuiteDocument
    file: YamlFile
    app: App
    program: GovernanceProgram


def load_governance_suites(
    app: App, program: GovernanceProgram
) -> tuple[tuple[GovernanceCase, ...], tuple[Diagnostic, ...]]:
    """Read every suite of `app`, sorted by path. Errors among the diagnostics mean that a run would prove nothing."""
    problems = Diagnostics()
    cases: list[GovernanceCase] = []
    names: dict[str, str] = {}
    for path, text in suite_texts(app, problems):
        document, file, found = load_with_places(GovernanceSuiteDocument, text, path)
        problems.extend(found)
        if document is None or file is None:
            continue
        first = names.setdefault(document.suite, path)
        if first != path:
            message = f"`{first}` is called `{document.suite}` as well"
            problems.add(
                Diagnostic("duplicate-name", message, file.span(("suite",)), "give one of the two another name")
            )
        suite = _Suite(document, file, app, program)
        complaints = tuple(_complaints(suite))
        problems.extend(complaints)
        if not complaints:
            cases += (_case(suite, test, number) for number, test in enumerate(document.tests))
    if not cases and not problems.has_errors:
        problems.add(without_suite(app))
    return tuple(cases), tuple(problems)


def _complaints(suite: _Suite) -> Iterator[Diagnostic]:
    total = 0
    seen: Counter[str] = Counter()
    for number, test in enumerate(suite.document.tests):
        seen[test.name] += 1
        place = suite.file.span(("tests", number, "name"))
        if seen[test.name] == 2:
            yield Diagnostic("duplicate-name", f"two tests are called `{test.name}`", place, "name them apart")
        if (test.event is None) is (not test.events):
            message = f"the test `{test.name}` has either an `event` or `events`"
            yield Diagnostic("test-events", message, place, "give one of the two")
            continue
        total += sum(event.times for _, event in _events(test))
        yield from _of_expectations(suite, test, ("tests", number))
    known = {exception.name for exception in suite.program.exceptions}
    for number, name in enumerate(suite.document.exceptions):
        if name not in known:
            place = suite.file.span(("exceptions", number))
            yield Diagnostic(
                "unknown-exception", f"the app has no exception `{name}`", place, did_you_mean(name, known)
            )
    if total > MAX_EVENTS:
        message = f"{total} events, limit {MAX_EVENTS}"
        yield Diagnostic("too-many-events", message, suite.file.span(("tests",)), "make several suites")


def _of_expectations(suite: _Suite, test: GovernanceTest, route: Route) -> Iterator[Diagnostic]:
    last = len(tuple(_events(test))) - 1
    for number, (way, event) in enumerate(_events(test)):
        if number == last and event.expect is not None:
            message = "what is expected of the last event stands in the test"
            yield Diagnostic("test-events", message, suite.file.key_span((*route, *way, "expect")), "say it once")
        if isinstance(event.expect, GovernanceExpect):
            yield from _of_names(suite, event.expect, (*route, *way, "expect"))
    if isinstance(test.expect, GovernanceExpect):
        yield from _of_names(suite, test.expect, (*route, "expect"))


def _of_names(suite: _Suite, expect: GovernanceExpect, route: Route) -> Iterator[Diagnostic]:
    if expect.reason is not None and expect.reason not in set(Reason):
        place = suite.file.span((*route, "reason"))
        yield Diagnostic("unknown-reason", f"no reason `{expect.reason}`", place, did_you_mean(expect.reason, Reason))
    if expect.policy is not None and PolicyId(expect.policy) not in suite.program.by_id:
        place = suite.file.span((*route, "policy"))
        remedy = did_you_mean(expect.policy, suite.program.by_id)
        yield Diagnostic("unknown-policy", f"the app has no policy `{expect.policy}`", place, remedy)


def _events(test: GovernanceTest) -> Iterator[tuple[Route, EventDocument]]:
    """Each event of a test with the way to it."""
    if test.event is not None:
        yield ("event",), test.event
    yield from ((("events", number), event) for number, event in enumerate(test.events))


def _case(suite: _Suite, test: GovernanceTest, number: int) -> GovernanceCase:
    span = suite.file.span(("tests", number, "name"))
    wanted = _wanted(test.expect)
    by = (PolicyId(wanted.policy),) if wanted.policy is not None else ()
    reasons = (wanted.reason,) if wanted.reason is not None else ()
    return GovernanceCase(
        app=suite.app.id,
        suite=suite.document.suite,
        test=test.name,
        coordinates=(),
        expected=Expected(wanted.decision, suite.file.span(("tests", number, "expect")), by=by, reasons=reasons),
        span=span,
        skip=Skipped(test.skip.reason, test.skip.until) if test.skip else None,
        happenings=_happenings(suite.document, test, wanted),
        mode=EnforcementMode(suite.document.mode),
        exceptions=suite.document.exceptions,
        path=suite.file.path,
    )


def _happenings(suite: GovernanceSuiteDocument, test: GovernanceTest, wanted: Wanted) -> tuple[Happening, ...]:
    found: list[Happening] = []
    now = START_MS
    documents = [event for _, event in _events(test)]
    for number, document in enumerate(documents):
        now += _milliseconds(document.after)
        event = event_of(document, suite, now)
        approval = None if document.approval is None else ApprovalStatus(document.approval)
        own = None if document.expect is None else _wanted(document.expect)
        judged = wanted if number == len(documents) - 1 else own
        found += [Happening(event, approval)] * (document.times - 1)
        found.append(Happening(event, approval, judged))
    return tuple(found)


def _wanted(expect: str | GovernanceExpect) -> Wanted:
    if isinstance(expect, str):
        return Wanted(Decision(expect))
    return Wanted(Decision(expect.decision), expect.reason, expect.policy, expect.rule)


def _milliseconds(duration: str | None) -> int:
    if duration is None:
        return 0
    number = "".join(character for character in duration if character.isdigit())
    return int(number) * _UNITS[duration.removeprefix(number)]


def event_of(document: EventDocument, whose: Who, now: int) -> GovernanceEvent:
    """The event that a document describes, at a time in milliseconds since 1970."""
    ran = document.succeeded is not None or document.result is not None
    return GovernanceEvent(
        action=document.action,
        timestamp_ms=now,
        agent_id=document.agent or whose.agent or NOBODY,
        cost_usd=Decimal(repr(document.cost_usd)),
        arguments={name: exact(value) for name, value in document.arguments.items()},
        tags=document.tags,
        risk_level=document.risk_level,
        impact=document.impact,
        run_id=document.run or whose.run,
        session_id=document.session or whose.session,
        group_id=document.group or whose.group,
        mission_id=document.mission or whose.mission,
        idempotency_key=document.idempotency_key,
        dry_run=document.dry_run,
        kill_switches=_switches(document),
        outcome=Outcome(document.succeeded is not False, exact(document.result)) if ran else None,
    )


def _switches(document: EventDocument) -> tuple[KillSwitch, ...]:
    switches: Sequence[KillSwitch] = [KillSwitch(TargetType(one.type), one.id) for one in document.killed]
    return tuple(switches)
