"""`forbid-fails-open`."""

from collections.abc import Iterable

from bylaw.analysis.environments import in_environments
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.witness_text import witness_line
from bylaw.model.diagnostics import Severity


class ForbidFailsOpen(AppRule):
    """A forbid that an error switches off.

    ## What it finds

    A `forbid` that ends in an error for some request with complete data; the message shows one, and it was run on the engine.
    Of one that errs only where an entity was not sent, `forbid-needs-entity` says so.

    ## Why it matters

    A forbid that errs does not apply. Whoever can choose the values of the request can choose those of the example, and the
    guardrail is gone.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource)
    when { context.amount + resource.risk > 1000 };
    ```

    ## Instead

    Decide first what is out of bounds; what is left cannot overflow:

    ```cedar
    forbid (principal, action == Action::"pay", resource)
    when {
      context.amount < 0 || context.amount > 1000 || resource.risk < 0 || resource.risk > 1000 ||
      context.amount + resource.risk > 1000
    };
    ```

    ## On AgentCore

    No finding: the service does not look for errors.
    """

    id = "forbid-fails-open"
    area = Area.PROVEN
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every forbid with an example of an error."""
        for policy in app.known_proofs.policies:
            found = sorted(policy.can_err.keys() - set(policy.always_errs))
            if policy.effect == "forbid" and found:
                example = witness_line(policy.can_err[found[0]], app.statement(policy.ref))
                message = f"this forbid can err, and then stops nothing, {in_environments(found)}: {example}"
                remedy = "decide first what is out of bounds, so that the rest cannot err"
                yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)
