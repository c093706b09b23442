"""`can-err`."""

from collections.abc import Iterable

from bylaw.analysis.environments import in_environments
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.witness_text import witness_line
from bylaw.model.diagnostics import Severity


class CanErr(AppRule):
    """A permit that errs on some request.

    ## What it finds

    A `permit` that ends in an error for some request with complete data; the message shows one, and it was run on the engine.
    Of a `forbid`, `forbid-fails-open` says so.

    ## Why it matters

    A permit that errs grants nothing. That is the safe side, but whoever is denied is told of an error instead of a rule, and
    the same condition copied into a `forbid` would fail open.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool)
    when { context.amount * 100 < 5000000 };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool)
    when { context.amount < 50000 };
    ```

    ## On AgentCore

    No finding: the service does not look for errors.
    """

    id = "can-err"
    area = Area.PROVEN
    severity = Severity.NOTE
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every permit with an example of an error."""
        for policy in app.known_proofs.policies:
            found = sorted(policy.can_err.keys() - set(policy.always_errs))
            if policy.effect == "permit" and found:
                example = witness_line(policy.can_err[found[0]], app.statement(policy.ref))
                message = f"this permit can err, and then grants nothing, {in_environments(found)}: {example}"
                remedy = "bound the values before they are used, or ask `has` first"
                yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)
