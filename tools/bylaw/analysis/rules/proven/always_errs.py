"""`always-errs`."""

from collections.abc import Iterable

from bylaw.analysis.environments import in_environments
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.model.diagnostics import Severity


class AlwaysErrs(AppRule):
    """A policy that errs on every request.

    ## What it finds

    A policy that ends in an error for every request that its scope admits, in some environment at least.

    ## Why it matters

    A policy that errs does not apply. A `permit` grants nothing there; a `forbid` stops nothing, whatever it says.

    ## Example

    The product does not fit into 64 bits:

    ```cedar
    forbid (principal, action == Action::"pay", resource)
    unless { context.amount < 10000000000 * 10000000000 };
    ```

    ## Instead

    ```cedar
    forbid (principal, action == Action::"pay", resource)
    unless { context.amount < 10000000000 };
    ```

    ## On AgentCore

    The finding *Ineffective*: of a permit `ALLOW_NONE`, of a forbid `DENY_NONE`.
    """

    id = "always-errs"
    area = Area.PROVEN
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every policy that errs on all requests of an environment."""
        for policy in app.known_proofs.policies:
            if policy.always_errs:
                result = "grants nothing" if policy.effect == "permit" else "stops nothing"
                where = in_environments(policy.always_errs)
                message = f"this {policy.effect} errs on every request that its scope admits and {result}, {where}"
                remedy = "an error skips the policy; rewrite the condition so that it has a value"
                yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)
