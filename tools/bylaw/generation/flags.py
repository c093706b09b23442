"""What is said of arguments whose type is not certain, or that have none: one line a case.

A warning is about an argument that policies cannot read, or not as the tool declares it; a note about one that a gateway may map
in another way.
"""

from dataclasses import dataclass, field
from enum import Enum

from bylaw.generation.names import Place
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.spans import Span

MAX_KEPT = 500
"""Findings of one run; the rest is counted."""


class Flag(Enum):
    """Code, severity, what the argument is, and what to do."""

    ENUM = (
        "enum-mapping",
        Severity.NOTE,
        "has fixed choices, mapped to {}; what a gateway does with them is not documented",
        "`--enum` chooses the mapping: String, or an entity type of its own",
    )
    FORMAT = (
        "format-mapping",
        Severity.NOTE,
        "has a format, mapped to {}; what a gateway does with it is not documented",
        "`--formats` chooses the mapping: String, or an extension type",
    )
    UNION = (
        "union",
        Severity.WARNING,
        "is of several types: a record with an optional member for each",
        "what a gateway does with them is not documented; declare one type, if the tool is yours",
    )
    UNION_BESIDE_TYPE = (
        "union-beside-type",
        Severity.WARNING,
        "has a type and alternatives beside it, which are left out",
        "declare one type, if the tool is yours",
    )
    NULL = (
        "null-type",
        Severity.WARNING,
        "can be null, which is an entity of the type `Null`",
        "let the argument be absent instead, if the tool is yours",
    )
    UNTYPED = ("untyped", Severity.WARNING, "has no type and is left out", "declare its type, if the tool is yours")
    CONSTANT = (
        "constant",
        Severity.WARNING,
        "is constant, which Cedar has no type for: {}",
        "declare its type and no constant, if the tool is yours",
    )
    MIXED_ENUM = (
        "mixed-enum",
        Severity.WARNING,
        "has choices of several types and is left out",
        "declare choices of one type, if the tool is yours",
    )
    IMPOSSIBLE = ("impossible", Severity.WARNING, "can have no value and is left out", "correct the schema of the tool")
    MAP = (
        "open-object",
        Severity.WARNING,
        "is an object with members of any name and is left out",
        "name its members, if the tool is yours",
    )
    ADDITIONAL = (
        "additional-properties",
        Severity.WARNING,
        "may have more members than it names; policies see the named ones only",
        "name all of them, if the tool is yours",
    )
    MEMBERLESS = (
        "memberless-object",
        Severity.WARNING,
        "is an object that names no member: an empty record",
        "name its members, if the tool is yours",
    )
    ITEMLESS = (
        "array-without-items",
        Severity.WARNING,
        "is an array that does not say of what and is left out",
        "declare `items`, if the tool is yours",
    )
    TUPLE = (
        "tuple",
        Severity.WARNING,
        "is an array with a type for each position and is left out",
        "declare an object, if the tool is yours",
    )
    CONDITIONAL = (
        "conditional-schema",
        Severity.WARNING,
        "has conditions (`{}`) that a Cedar type cannot express; they are left out",
        None,
    )
    RANGE = (
        "out-of-range",
        Severity.WARNING,
        "may be beyond {}: a call with such a number cannot be decided",
        "narrow its `minimum` and `maximum`, if the tool is yours",
    )
    COLLISION = (
        "argument-collision",
        Severity.WARNING,
        "is a parameter and in the body as well: the one in the body is left out",
        None,
    )

    def __init__(self, kind: str, severity: Severity, message: str, remedy: str | None) -> None:
        self.kind, self.severity, self.message, self.remedy = kind, severity, message, remedy


@dataclass
class Findings:
    """Collects flags and errors. Errors are always kept, the first `MAX_KEPT` flags too."""

    problems: Diagnostics = field(default_factory=Diagnostics)
    left_out: int = 0

    def flag(self, flag: Flag, place: Place, span: Span, detail: str = "") -> None:
        """Say `flag` of the argument at `place`."""
        if len(self.problems) >= MAX_KEPT:
            self.left_out += 1
            return
        argument = (
            f"{code('.'.join(place.path))} of {code(place.action)}"
            if place.path
            else f"the input of {code(place.action)}"
        )
        message = f"{argument} {flag.message.format(detail)}"
        self.problems.add(Diagnostic(flag.kind, message, span, flag.remedy, flag.severity))
