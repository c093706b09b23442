"""The exit codes: a stable contract with every script and workflow that calls us."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the run ended as. After the first write only `OK` and `PARTIAL_APPLY` are possible."""

    OK = 0
    INTERNAL_ERROR = 1
    USAGE = 2
    INVALID_INPUT = 3
    TESTS_FAILED = 4
    FINDINGS = 5
    CHANGES_EXIST = 6
    UNSAFE_PLAN = 7
    CONFLICT = 8
    PARTIAL_APPLY = 9
    VERIFICATION_FAILED = 10


_PRECEDENCE = (1, 2, 10, 9, 3, 4, 5, 7, 8, 6, 0)


def worst(codes: "list[ExitCode]") -> ExitCode:
    """The one code that stands for several outcomes of one run; `OK` for none."""
    return min(codes, key=_PRECEDENCE.index, default=ExitCode.OK)
