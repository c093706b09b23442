"""`unaligned-network`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.networks import network_of
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Method
from bylaw.model.diagnostics import Severity


class UnalignedNetwork(NodeRule[Method]):
    """A network with bits set that do not count.

    ## What it finds

    `isInRange` with a network whose address has bits set behind the prefix.

    ## Why it matters

    The bits are ignored: `10.0.0.7/8` is all of `10.0.0.0/8`, sixteen million addresses. Someone who writes the 7 means it, so
    the prefix is probably wrong.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.ip.isInRange(ip("10.0.0.7/8")) };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.ip.isInRange(ip("10.0.0.0/29")) };
    ```
    """

    id = "unaligned-network"
    area = Area.CORRECTNESS
    severity = Severity.WARNING
    since = "0.1.0"
    methods = ("isInRange",)

    def check(self, node: Method, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A range given by an address inside it."""
        del site
        literal = node.arguments[0] if len(node.arguments) == 1 else None
        network = network_of(literal) if literal else None
        if literal is None or network is None or network.ip == network.network.network_address:
            return ()
        whole = str(network.network)
        message = f"{code(str(network))} is all of {code(whole)}: the bits behind the prefix do not count"
        return (self.on(view, literal, message, help=f'write `ip("{whole}")`, or correct the prefix'),)
