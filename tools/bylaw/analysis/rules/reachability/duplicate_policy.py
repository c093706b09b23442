"""`duplicate-policy`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule
from bylaw.analysis.shapes import clauses_outline
from bylaw.analysis.wording import code
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.diagnostics import Severity


class DuplicatePolicy(AppRule):
    """The same policy twice.

    ## What it finds

    Two policies of an app, or two links of one template, with the same canonical form: formatting, comments, annotations and
    needless brackets aside.

    ## Why it matters

    One of them can be changed or removed without any effect, which whoever does it will not expect: a revoked permit lives on in
    its twin.

    ## Example

    `read/risk.cedar` and `read/low-risk.cedar`:

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool) when { resource.risk < 3 };
    permit (principal is Agent, action == Action::"read", resource is Tool) when { (resource.risk < 3) };
    ```

    ## Instead

    Keep one.
    """

    id = "duplicate-policy"
    area = Area.REACHABILITY
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every policy that an earlier one equals."""
        yield from self._policies(app)
        seen: dict[object, str] = {}
        for link in app.program.links:
            first = seen.setdefault((link.template.ref, *sorted(link.values.items())), str(link.ref.policy))
            if first != link.ref.policy:
                message = f"this link says the same as {code(first)}"
                yield self.beside(link.span, message, subject=first, help="keep one of the two", policy=link.ref)

    def _policies(self, app: AppContext) -> Iterable[Hit]:
        for group in _alike(app):
            seen: dict[str, CedarPolicy] = {}
            for policy in group:
                first = seen.setdefault(canonical_text(policy.statement._replace(annotations=())), policy)
                if first is not policy:
                    message = f"this policy says the same as {code(first.ref.policy)}"
                    span = policy.span(*policy.statement.head)
                    yield self.beside(
                        span, message, subject=first.ref.policy, help="keep one of the two", policy=policy.ref
                    )


def _alike(app: AppContext) -> Iterator[list[CedarPolicy]]:
    """Groups of policies that may be equal: of one scope first, then of one outline."""
    by_scope: dict[object, list[CedarPolicy]] = {}
    for policy in app.program.policies:
        statement = policy.statement
        key = (statement.effect, len(statement.clauses), *app.scopes[policy.ref])
        by_scope.setdefault(key, []).append(policy)
    for group in by_scope.values():
        if len(group) > 1:
            by_outline: dict[object, list[CedarPolicy]] = {}
            for policy in group:
                by_outline.setdefault((policy.mode, clauses_outline(policy.statement)), []).append(policy)
            yield from (alike for alike in by_outline.values() if len(alike) > 1)
