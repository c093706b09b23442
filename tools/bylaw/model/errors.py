"""The exceptions of the tool, sorted by who is at fault.

    BylawError
    ├── UsageError               the caller asked for something that does not exist            exit 2
    ├── InvalidInputError        the repository's content; carries diagnostics                 exit 3
    ├── UnsafePlanError          a plan over a limit that no waiver lifts                      exit 7
    ├── ConflictError            stale plan, lease held, object of another owner               exit 8
    ├── PartialApplyError        some writes happened, then one failed                         exit 9
    ├── VerificationError        signature, freshness, ancestry                                exit 10
    ├── BackendError             the managed backend refused, failed or did not answer         exit 1
    └── InternalError            us: a broken invariant, with how to report it                 exit 1

Messages follow one style: lower case, one line, user input in backticks, no full stop. `help` says the next action.
"""

from collections.abc import Iterable

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.exit_codes import ExitCode
from bylaw.model.spans import Span


class BylawError(Exception):
    """The root; never raised itself."""

    exit_code = ExitCode.INTERNAL_ERROR
    code = "internal-error"

    def __init__(self, message: str, *, help: str | None = None, span: Span | None = None) -> None:  # noqa: A002 - the field's word
        super().__init__(message)
        self.message = message
        self.help = help
        self.span = span

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The same facts as values, for every renderer."""
        return (Diagnostic(self.code, self.message, self.span, self.help),)


class UsageError(BylawError):
    """The caller named something that does not exist, or options that contradict each other."""

    exit_code = ExitCode.USAGE
    code = "usage"


class InvalidInputError(BylawError):
    """The repository's content cannot be used."""

    exit_code = ExitCode.INVALID_INPUT
    code = "invalid-input"

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self._diagnostics = tuple(diagnostics)
        first = self._diagnostics[0]
        super().__init__(first.message, help=first.help, span=first.span)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every problem found, in order."""
        return self._diagnostics


class UnsafePlanError(BylawError):
    """A plan exceeds a limit that no waiver lifts; nothing was written."""

    exit_code = ExitCode.UNSAFE_PLAN
    code = "unsafe-plan"


class ConflictError(BylawError):
    """The target, the plan or the lease is not what the caller thinks; nothing was written."""

    exit_code = ExitCode.CONFLICT
    code = "conflict"


class PartialApplyError(BylawError):
    """Some writes happened, then one failed; the next run converges."""

    exit_code = ExitCode.PARTIAL_APPLY
    code = "partial-apply"


class VerificationError(BylawError):
    """The source is not authentic, not fresh, or goes backwards."""

    exit_code = ExitCode.VERIFICATION_FAILED
    code = "verification-failed"


class BackendError(BylawError):
    """A managed backend refused, failed or did not answer."""

    code = "backend-error"


class InternalError(BylawError):
    """A broken invariant of ours."""
