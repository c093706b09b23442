"""`nothing-allowed`."""

from collections.abc import Iterable, Sequence

from bylaw.analysis.environments import by_action, in_environments
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.proven import Proven
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import listed
from bylaw.languages.cedar.schema import Environment
from bylaw.model.diagnostics import Severity


class NothingAllowed(AppRule):
    """An environment in which nothing is ever allowed, though it seems to be.

    ## What it finds

    A request environment that the scope of some permit admits, but in which no request is allowed: the permits are never
    satisfied there, or forbids take back all of it. Where no permit admits the action, `action-without-permit` says so; where
    forbids alone deny every request, `denies-everything` does.

    ## Why it matters

    To the people who wrote the permits the action works; to every principal of the type it does not.

    ## Example

    Services may search, but nothing has a risk that is both:

    ```cedar
    permit (principal is Service, action == Action::"search", resource is Tool)
    when { resource.risk < 3 && resource.risk > 5 };
    ```

    ## Instead

    ```cedar
    permit (principal is Service, action == Action::"search", resource is Tool)
    when { resource.risk < 3 };
    ```

    ## On AgentCore

    The finding *Overly Restrictive*, `ALLOW_NONE`.
    """

    id = "nothing-allowed"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every action with an environment that permits seem to open and do not."""
        proven = app.known_proofs
        closed = [
            facts.environment
            for facts in proven.environments
            if facts.allows_none and facts.has_permit and not facts.denies_all
        ]
        for action, environments in by_action(closed).items():
            permits = _permits(proven, environments)
            seeming = f", though {listed(permits)} can apply" if permits else ""
            message = f"nothing is ever allowed {in_environments(environments)}{seeming}"
            remedy = "look at what is said of these permits, and at the forbids there"
            yield self.beside(app.place("schema"), message, subject=str(action), help=remedy)


def _permits(proven: Proven, environments: Sequence[Environment]) -> list[str]:
    """The permits whose scope admits one of `environments`."""
    wanted = set(environments)
    permits = (policy for policy in proven.policies if policy.effect == "permit")
    return sorted(str(policy.ref.policy) for policy in permits if wanted.intersection(policy.environments))
