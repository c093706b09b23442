"""Networks written down as `ip("…")` literals."""

from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import TypeAlias

from bylaw.languages.cedar.ast import Call, Expression, String

Network: TypeAlias = IPv4Interface | IPv6Interface


def network_of(expression: Expression) -> Network | None:
    """The address and prefix of an `ip` literal; none for anything else, or text that is no address."""
    match expression:
        case Call("ip", (String(text),)):
            try:
                return ip_interface(text)
            except ValueError:
                return None
        case _:
            return None
