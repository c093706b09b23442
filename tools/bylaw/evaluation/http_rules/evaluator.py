"""Decides requests against one document."""

from bylaw.evaluation.http_rules.bodies import NO_BODY
from bylaw.evaluation.http_rules.decisions import HttpDecision, Verdict
from bylaw.evaluation.http_rules.limit_keys import LimitKey
from bylaw.evaluation.http_rules.limits import LimiterState
from bylaw.evaluation.http_rules.outcomes import Outcomes
from bylaw.evaluation.http_rules.requests import HttpRequest, is_text
from bylaw.evaluation.http_rules.rules import (
    Candidates,
    CompiledLimit,
    Program,
    Reading,
    first_match,
)
from bylaw.evaluation.http_rules.urls import Refusal, Subject
from bylaw.languages.http_rules.model import HttpRules, Mode
from bylaw.model.dialects import Dialect

NOT_TEXT = "method, URL or headers have lone surrogates"


class HttpEvaluator:
    """Decides requests against one document, and keeps count for its limits."""

    def __init__(self, document: HttpRules, dialect: Dialect, state: LimiterState | None = None) -> None:
        """Compile the document; `state` goes on from what an earlier evaluator has counted.

        Raises:
            RegexError: an expression that does not compile, in the strict dialect.
        """
        self.state = LimiterState() if state is None else state
        self._program = Program(document, dialect)
        self._outcomes = Outcomes(self._program)
        self._is_strict = dialect is Dialect.STRICT

    def decide(self, request: HttpRequest, *, kill_switch: bool = False) -> HttpDecision:
        """Decide a request, and count it."""
        return self.decide_in(self.state, request, kill_switch=kill_switch)

    def decided(
        self, state: LimiterState, request: HttpRequest, *, kill_switch: bool = False
    ) -> tuple[HttpDecision, LimiterState]:
        """Decide a request from given counts, which stay as they are; the decision and the counts after it."""
        after = state.copy()
        return self.decide_in(after, request, kill_switch=kill_switch), after

    def decide_in(self, state: LimiterState, request: HttpRequest, *, kill_switch: bool = False) -> HttpDecision:
        """Decide a request, and count it in `state`."""
        if not is_text(request):
            return self._outcomes.unreadable(NOT_TEXT)
        found = self._program.candidates(request.url, request.method)
        if isinstance(found, Refusal):
            return self._outcomes.unreadable(found)
        if kill_switch:
            return self._outcomes.killed
        reading = Reading(request, self._program.dialect)
        if self._is_strict:
            return self._strict(state, reading, found)
        return self._upstream(state, reading, found)

    def _strict(self, state: LimiterState, reading: Reading, found: Candidates) -> HttpDecision:
        decision = self._by_rules(reading, found)
        if decision.verdict is not Verdict.ALLOW or not self._program.limits:
            return decision
        in_shadow = self._program.document.mode is Mode.DRY_RUN
        now = reading.request.timestamp_ms
        checks = [
            state.check(limit.name, _key(limit, found.subject, reading), limit.calls, now, in_shadow=in_shadow)
            for limit in self._program.limits
        ]
        waits = [check.wait for check in checks]
        if any(wait is not None for wait in waits):
            return self._outcomes.limited_after(decision, waits)
        for check in checks:
            check.record(now)
        return decision

    def _upstream(self, state: LimiterState, reading: Reading, found: Candidates) -> HttpDecision:
        if self._program.document.mode is Mode.ENFORCE:
            for place, limit in enumerate(self._program.limits):
                key = _key(limit, found.subject, reading)
                wait = state.take(key, limit.calls, reading.request.timestamp_ms)
                if wait is not None:
                    return self._outcomes.limited_before(place, wait)
        return self._by_rules(reading, found)

    def _by_rules(self, reading: Reading, found: Candidates) -> HttpDecision:
        program, outcomes = self._program, self._outcomes
        place = first_match(program.denies, found.denies, reading)
        if place is not None:
            return outcomes.denied[place]
        place = first_match(program.allows, found.allows, reading)
        return outcomes.by_default if place is None else outcomes.allowed[place]


def _key(limit: CompiledLimit, subject: Subject, reading: Reading) -> LimitKey:
    return limit.keys.key(subject, reading.body if limit.keys.reads_body else NO_BODY)
