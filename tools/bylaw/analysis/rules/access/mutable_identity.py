"""`mutable-identity`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.literals import literal_of
from bylaw.analysis.paths import last_name, path_of
from bylaw.analysis.rule import NodeRule, Option
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Expression, Like
from bylaw.model.diagnostics import Severity


class MutableIdentity(NodeRule[Binary | Like]):
    """Access decided by a claim its bearer can change.

    ## What it finds

    Where it lets more through: an attribute or tag of the principal such as `email` or `preferred_username`, compared with a
    constant.

    ## Why it matters

    Identity providers let people edit their names and, often without verification, their e-mail address; addresses are also
    given to new owners. Whoever can change the claim can become the principal the policy means.

    ## Example

    ```cedar
    permit (principal is OAuthUser, action == Action::"refund", resource)
    when { principal.hasTag("email") && principal.getTag("email") == "lead@example.com" };
    ```

    ## Instead

    Use the subject, which never changes, or a group that the provider administers:

    ```cedar
    permit (principal is OAuthUser, action == Action::"refund", resource)
    when { principal.hasTag("role") && principal.getTag("role") == "refund-lead" };
    ```
    """

    id = "mutable-identity"
    area = Area.ACCESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    security_severity = 6.0
    nodes = (Like,)
    operators = ("==",)
    options = (
        Option(
            "names",
            ("email", "name", "nickname", "preferred_username", "display_name"),
            "attributes and tags that their bearer can change",
        ),
    )

    def check(self, node: Binary | Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A comparison of such a claim with a constant."""
        claim = _compared(node)
        if claim is None or last_name(claim) not in self.words("names") or not view.allows_more(site):
            return ()
        path = path_of(claim)
        if path is None or not path.startswith("principal"):
            return ()
        message = f"{code(path)} decides, and its bearer may be able to change it"
        return (
            self.on(
                view, node, message, help="decide by the subject, or by a group that the identity provider administers"
            ),
        )


def _compared(node: Binary | Like) -> Expression | None:
    if isinstance(node, Like):
        return node.base
    if literal_of(node.right) is not None:
        return node.left
    return node.right if literal_of(node.left) is not None else None
