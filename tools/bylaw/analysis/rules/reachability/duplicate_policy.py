"""`duplicate-policy`."""

from collections.abc import Iterable

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule
from bylaw.analysis.shapes import shape
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
        by_shape: dict[object, list[CedarPolicy]] = {}
        for policy in app.program.policies:
            by_shape.setdefault((policy.mode, *shape(policy.statement)), []).append(policy)
        for group in by_shape.values():
            seen: dict[str, CedarPolicy] = {}
            for policy in group if len(group) > 1 else ():
                first = seen.setdefault(canonical_text(policy.statement._replace(annotations=())), policy)
                if first is not policy:
                    message = f"this policy says the same as {code(first.ref.policy)}"
                    span = policy.span(*policy.statement.head)
                    yield self.beside(
                        span, message, subject=first.ref.policy, help="keep one of the two", policy=policy.ref
                    )
