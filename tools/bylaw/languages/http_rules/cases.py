"""The `tests` block of a document: requests with the decisions they should have, as if the document were enforced."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bylaw.languages.http_rules.documents import CaseDocument, ExpectDocument, InputDocument
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.spans import Span
from bylaw.repository.yaml_reader import YamlFile

DEFAULT_TIME_MS: Final = 1_774_958_400_000
"""2026-03-31T12:00:00Z, the time of a case that has none."""
MAX_CASES: Final = 500
MAX_REQUESTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """One request of a case."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What the last request of a case should get."""

    allowed: bool
    outcome: str | None = None
    """`allow`, `deny` or `rate_limit`; none: only whether it is allowed counts."""
    rule: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Requests that share one limiter, with what the last of them should get."""

    name: str
    requests: tuple[CaseRequest, ...]
    expected: Expected
    span: Span


def cases_of(documents: Sequence[CaseDocument], file: YamlFile) -> tuple[tuple[Case, ...], tuple[Diagnostic, ...]]:
    """The cases that can be read, and what is wrong with others."""
    problems = list(_problems(documents, file))
    broken = {problem.span for problem in problems if problem.severity is Severity.ERROR}
    found = []
    for number, document in enumerate(documents):
        place = file.span(("tests", number, "name"))
        if place not in broken:
            found.append(Case(document.name, _requests(document), _expected(document), place))
    return tuple(found), tuple(problems)


def _problems(documents: Sequence[CaseDocument], file: YamlFile) -> Iterator[Diagnostic]:
    seen: Counter[str] = Counter()
    total = 0
    for number, case in enumerate(documents):
        place = file.span(("tests", number, "name"))
        seen[case.name] += 1
        if seen[case.name] == 2:
            message = f"two cases are called `{case.name}`"
            yield Diagnostic("duplicate-test-name", message, place, "name them apart", Severity.WARNING)
        if (case.input is None) is (not case.sequence):
            message = f"the case `{case.name}` has either an `input` or a `sequence`"
            yield Diagnostic("case-input", message, place, "give one of the two")
            continue
        inputs = case.sequence or (case.input,)
        for one in inputs:
            if one is not None and _time(one) is None:
                message = f"the case `{case.name}` has no one time that can be read"
                yield Diagnostic(
                    "case-time", message, place, "give `timestamp` as `2026-03-31T12:00:00Z`, or `timestamp_ms`"
                )
                break
        total += case.repeat * len(inputs)
    if len(documents) > MAX_CASES or total > MAX_REQUESTS:
        message = f"{len(documents)} cases with {total} requests, limits {MAX_CASES} and {MAX_REQUESTS}"
        yield Diagnostic("too-many-cases", message, file.span(("tests",)), "move some of them into suites")


def _requests(case: CaseDocument) -> tuple[CaseRequest, ...]:
    inputs = case.sequence or ((case.input,) if case.input else ())
    return tuple(case_request(one) for one in inputs) * case.repeat


def case_request(document: InputDocument) -> CaseRequest:
    """A request as a case writes it; one whose time cannot be read is at the beginning of 1970."""
    pairs = document.headers.items() if isinstance(document.headers, Mapping) else document.headers
    body = document.body
    return CaseRequest(
        method=document.method,
        url=document.url,
        headers=tuple((name, value) for name, value in pairs),
        body=body if body is None or isinstance(body, str) else json.dumps(body, ensure_ascii=False),
        timestamp_ms=_time(document) or 0,
    )


def _time(document: InputDocument) -> int | None:
    if document.timestamp is None:
        return DEFAULT_TIME_MS if document.timestamp_ms is None else document.timestamp_ms
    if document.timestamp_ms is not None:
        return None
    try:
        moment = datetime.fromisoformat(document.timestamp)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return round(moment.astimezone(UTC).timestamp() * 1000)


def _expected(case: CaseDocument) -> Expected:
    expect = case.expect
    if isinstance(expect, ExpectDocument):
        return Expected(expect.allowed, None, expect.matched_rule, expect.matched_rule_kind)
    return Expected(expect == "allow", expect)
