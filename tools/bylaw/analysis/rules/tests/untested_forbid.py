"""`untested-forbid`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.diagnostics import Severity
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import PolicyRef
from bylaw.model.spans import Span


class UntestedForbid(AppRule):
    """A guardrail that no test has ever seen hold.

    ## What it finds

    A `forbid`, or a link of one, by which no case of the app's suites was decided. It runs when tests ran before, as in
    `bylaw check`.

    ## Why it matters

    A `permit` that does not work is noticed by whoever is denied. A `forbid` that does not work is noticed by nobody, and the
    ways in which it may not work are many: see `string-in-set` and `erroring-forbid`.

    ## Example

    A `forbid` on amounts above 500, and a suite that only tries 20 and 100.

    ## Instead

    ```yaml
    - name: nobody pays 501
      request: {principal: clerk, action: pay, resource: desk, context: {amount: 501}}
      expect: {decision: deny, by: [limits/cap-payment]}
    ```
    """

    id = "untested-forbid"
    area = Area.TESTS
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.TESTED,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every forbid that decided nothing."""
        tested = app.tested or frozenset()
        for ref, span in _forbids(app):
            if ref.policy not in tested:
                message = "no test case is decided by this forbid"
                remedy = "add a case that it denies, with `by:` naming it"
                yield self.beside(span, message, subject="", help=remedy, policy=ref)


def _forbids(app: AppContext) -> Iterator[tuple[PolicyRef, Span]]:
    for policy in app.program.static:
        if _forbids_requests(policy):
            yield policy.ref, policy.span(*policy.statement.head)
    for link in app.program.links:
        if _forbids_requests(link.template):
            yield link.ref, link.span


def _forbids_requests(policy: CedarPolicy) -> bool:
    """A forbid in `log_only` decides nothing yet: no case could show that it does."""
    return policy.effect is Effect.FORBID and policy.mode is Mode.ACTIVE
