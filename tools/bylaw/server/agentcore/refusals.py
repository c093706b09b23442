"""How the service says no: one exception for each error of its model, with the status and body that clients know.

Errors carry their name in `x-amzn-ErrorType` and a lower-case `message` in the body; a validation error also `reason` and
`fieldList`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

STATUS: Final[Mapping[str, int]] = {
    "ValidationException": 400,
    "ServiceQuotaExceededException": 402,
    "AccessDeniedException": 403,
    "UnrecognizedClientException": 403,
    "InvalidSignatureException": 403,
    "ResourceNotFoundException": 404,
    "ConflictException": 409,
    "RequestEntityTooLargeException": 413,
    "ThrottlingException": 429,
    "InternalServerException": 500,
}
"""By error name. Those of signatures and sizes are common to all AWS services and stand in no model."""

CANNOT_PARSE: Final = "CannotParse"
FIELDS: Final = "FieldValidationFailed"
TOKEN_MISMATCH: Final = "IdempotentParameterMismatchException"  # noqa: S105 - a reason of the service's
HELD: Final = "ResourceConflict"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field."""

    name: str
    message: str


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """One error answer."""

    def __init__(self, error: str, message: str, reason: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.reason = reason
        self.faults = tuple(faults)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.error]

    @property
    def body(self) -> dict[str, object]:
        """The JSON body."""
        body: dict[str, object] = {"message": self.message}
        if self.error == "ValidationException":
            body["reason"] = self.reason or FIELDS
            if self.faults:
                body["fieldList"] = [{"name": fault.name, "message": fault.message} for fault in self.faults]
        return body


def missing(what: str, name: str) -> Refusal:
    """What a request names is not there."""
    return Refusal("ResourceNotFoundException", f"{what} {name} was not found")


def conflict(message: str) -> Refusal:
    """The request does not go with what is there."""
    return Refusal("ConflictException", message)


def invalid(message: str, reason: str = FIELDS, *faults: Fault) -> Refusal:
    """The request itself is wrong."""
    return Refusal("ValidationException", message, reason, faults)


def quota(message: str) -> Refusal:
    """A limit of the account is used up."""
    return Refusal("ServiceQuotaExceededException", message)


def denied(message: str) -> Refusal:
    """The caller may not do this."""
    return Refusal("AccessDeniedException", message)
