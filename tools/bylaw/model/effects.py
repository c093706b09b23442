"""What a policy does to the set of allowed requests, and whether it is in force."""

from enum import StrEnum


class Effect(StrEnum):
    """`permit` grants, `forbid` restricts; every language's rules are one or the other."""

    PERMIT = "permit"
    FORBID = "forbid"


class Mode(StrEnum):
    """Whether a deployed policy decides (`active`) or is only recorded (`log_only`)."""

    ACTIVE = "active"
    LOG_ONLY = "log_only"
