"""`exact-match-on-range`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.networks import network_of
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class ExactMatchOnRange(NodeRule[Binary]):
    """An address compared with a network.

    ## What it finds

    `==` or `!=` with an `ip` literal that is a network.

    ## Why it matters

    Equality compares address and prefix. No single host equals `10.0.0.0/8`, so `==` never holds for one and `!=` always does.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.ip == ip("10.0.0.0/8") };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.ip.isInRange(ip("10.0.0.0/8")) };
    ```
    """

    id = "exact-match-on-range"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    since = "0.1.0"
    operators = ("==", "!=")

    def check(self, node: Binary, site: Site, view: PolicyView) -> Iterable[Hit]:
        """Equality with a network."""
        del site
        for literal, other in ((node.right, node.left), (node.left, node.right)):
            network = network_of(literal)
            if network is not None and network.network.num_addresses > 1:
                message = f"no single address equals the network {code(str(network))}"
                remedy = f"ask `{expression_text(other)}.isInRange({expression_text(literal)})`"
                return (self.on(view, node, message, help=remedy),)
        return ()
