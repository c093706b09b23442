"""The functions and methods of Cedar's extension types as terms (Cedar extensions `decimal`, `ipaddr`, `datetime`)."""

from bylaw.analysis.extensions import address_of, extension_value
from bylaw.analysis.smt.addresses import Addresses
from bylaw.analysis.smt.arithmetic import DAY, Arithmetic
from bylaw.analysis.smt.frame import NotAnalysableError
from bylaw.analysis.smt.sorts import DATETIME, DECIMAL, DURATION
from bylaw.analysis.smt.terms import Term, Terms
from bylaw.analysis.smt.values import Ip, Value

_SORTS = {"decimal": DECIMAL, "datetime": DATETIME, "duration": DURATION}
_UNITS = {"toMilliseconds": 1, "toSeconds": 1000, "toMinutes": 60_000, "toHours": 3_600_000, "toDays": DAY}
"""Milliseconds."""


class Methods:
    """What extension values can be asked."""

    def __init__(self, terms: Terms, arithmetic: Arithmetic) -> None:
        self._terms = terms
        self._arithmetic = arithmetic
        self._addresses = Addresses(terms)

    def literal(self, function: str, text: str) -> Value | None:
        """The value of `function("text")`; none where the engine would refuse it."""
        if function == "ip":
            address = address_of(text)
            return None if address is None else self._addresses.literal(address)
        value = extension_value(function, text) if function in _SORTS else None
        return None if value is None else self._terms.constant(value, _SORTS[function])

    def call(self, name: str, receiver: Value, arguments: list[Value]) -> tuple[Value, Term]:
        """The value of `receiver.name(arguments)` and the condition under which it does not error.

        Raises:
            NotAnalysableError: there is no such method on such values.
        """
        match receiver, arguments:
            case Ip(), []:
                return self._of_address(name, receiver), self._terms.true
            case Ip(), [Ip() as other] if name == "isInRange":
                return self._addresses.in_range(receiver, other), self._terms.true
            case Term(), [Term() as other] if receiver.sort == other.sort == DECIMAL:
                return self._compare(name, receiver, other), self._terms.true
            case Term(), _ if receiver.sort in {DATETIME, DURATION}:
                return self._of_time(name, receiver, arguments)
        message = f"`{name}` is no method here"
        raise NotAnalysableError(message)

    def _of_address(self, name: str, ip: Ip) -> Term:
        match name:
            case "isIpv4":
                return self._terms.not_(ip.v6)
            case "isIpv6":
                return ip.v6
            case "isLoopback":
                return self._addresses.is_loopback(ip)
            case _:
                return self._addresses.is_multicast(ip)

    def _compare(self, name: str, left: Term, right: Term) -> Term:
        if name.startswith("greater"):
            left, right = right, left
        less = self._arithmetic.at_most if name.endswith("OrEqual") else self._arithmetic.less
        return less(left, right)

    def _of_time(self, name: str, receiver: Term, arguments: list[Value]) -> tuple[Term, Term]:
        match name, arguments:
            case "offset", [Term() as by]:
                return self._arithmetic.operate("add", receiver, by, DATETIME)
            case "durationSince", [Term() as start]:
                return self._arithmetic.operate("sub", receiver, start, DURATION)
            case "toDate", []:
                return self._arithmetic.midnight(receiver)
            case "toTime", []:
                return self._arithmetic.time_of_day(receiver, DURATION), self._terms.true
        return self._arithmetic.quotient(receiver, _UNITS[name]), self._terms.true
