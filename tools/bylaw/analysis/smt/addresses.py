"""IP addresses as terms: ranges and classes, by the rules of the engine (Cedar extension `ipaddr`).

An IPv4 address stands in the upper 32 of 128 bits. A network is the addresses between the lowest and the highest that share its
prefix; the mask of host bits is all ones shifted right by the prefix, for both families.
"""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from bylaw.analysis.extensions import Address
from bylaw.analysis.smt.sorts import ADDRESS, BOOL
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.analysis.smt.values import Ip

V4_SHIFT: Final = 96
ONES: Final = 2**128 - 1

BitOp: TypeAlias = Literal["bit-and", "bit-or", "bit-not", "shift-right"]

_FOLDS: dict[BitOp, Callable[..., int]] = {
    "bit-and": lambda left, right: left & right,
    "bit-or": lambda left, right: left | right,
    "bit-not": lambda bits: ~bits & ONES,
    "shift-right": lambda bits, by: bits >> by,
}
_LOOPBACK = (Address(4, 127 << 24, 8), Address(6, 1, 128))
_MULTICAST = (Address(4, 224 << 24, 4), Address(6, 0xFF << 120, 8))


class Addresses:
    """Constructors over one store of terms."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def literal(self, address: Address) -> Ip:
        """A known address."""
        shifted = address.address << V4_SHIFT if address.version == 4 else address.address
        return Ip(self._terms.boolean(address.version == 6), self._number(shifted), self._number(address.prefix))

    def is_loopback(self, ip: Ip) -> Term:
        """In 127.0.0.0/8, or exactly `::1`."""
        return self._terms.or_(self.in_range(ip, self.literal(network)) for network in _LOOPBACK)

    def is_multicast(self, ip: Ip) -> Term:
        """In 224.0.0.0/4 or ff00::/8."""
        return self._terms.or_(self.in_range(ip, self.literal(network)) for network in _MULTICAST)

    def in_range(self, inner: Ip, outer: Ip) -> Term:
        """Every address of `inner` is one of `outer`."""
        low, high = self._bounds(inner)
        lowest, highest = self._bounds(outer)
        family = self._terms.equal(inner.v6, outer.v6)
        return self._terms.and_(
            (family, self._terms.not_(self.below(low, lowest)), self._terms.not_(self.below(highest, high)))
        )

    def well_formed(self, ip: Ip) -> Term:
        """What holds of every address: its prefix has at most the bits of its family, IPv4 has no lower bits."""
        rest = self._operation("bit-and", (ip.address, self._number(ONES >> 32)))
        v4 = self._terms.and_((self._terms.equal(rest, self._number(0)), self.below(ip.prefix, self._number(33))))
        return self._terms.ite(ip.v6, self.below(ip.prefix, self._number(129)), v4)

    def below(self, left: Term, right: Term) -> Term:
        """`left < right`, unsigned."""
        if isinstance(left.data, int) and isinstance(right.data, int) and left.op == right.op == "const":
            return self._terms.boolean(left.data < right.data)
        if left is right:
            return self._terms.false
        return self._terms.operation("below", (left, right), BOOL)

    def _bounds(self, ip: Ip) -> tuple[Term, Term]:
        hosts = self._operation("shift-right", (self._number(ONES), ip.prefix))
        return (
            self._operation("bit-and", (ip.address, self._operation("bit-not", (hosts,)))),
            self._operation("bit-or", (ip.address, hosts)),
        )

    def _operation(self, op: BitOp, args: tuple[Term, ...]) -> Term:
        known = [arg.data for arg in args if arg.op == "const" and isinstance(arg.data, int)]
        if len(known) == len(args):
            return self._number(_FOLDS[op](*known))
        return self._terms.operation(op, args, ADDRESS)

    def _number(self, value: int) -> Term:
        return self._terms.constant(value, ADDRESS)
