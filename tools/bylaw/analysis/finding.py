"""What analysis says: hits (a rule found something), findings (a hit after filtering), fixes and suppressions.

A finding is a value, never an exception. A `Hit` is what a rule yields: place, sentence, remedy, the canonical text of what it
flags. The runner turns hits into findings once all rules have run, and only there do levels, suppressions and the baseline count.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef
from bylaw.model.spans import Span


class Confidence(StrEnum):
    """How sure a rule is of what it says."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Area(StrEnum):
    """What a rule is about; groups rules in settings and documentation."""

    ACCESS = "access"
    CORRECTNESS = "correctness"
    REACHABILITY = "reachability"
    SCHEMA = "schema"
    PORTABILITY = "portability"
    OWNERSHIP = "ownership"
    TESTS = "tests"
    PROVEN = "proven"
    HTTP = "http"
    GOVERNANCE = "governance"
    EXCEPTIONS = "exceptions"
    STYLE = "style"
    SUPPRESSION = "suppression"


class Persona(StrEnum):
    """Who sees a rule without asking for it, widest audience first."""

    REGULAR = "regular"
    PEDANTIC = "pedantic"
    AUDITOR = "auditor"

    def sees(self, other: "Persona") -> bool:
        """Whether a reader of this persona is shown rules meant for `other`."""
        order = list(Persona)
        return order.index(other) <= order.index(self)


class Proof(StrEnum):
    """Why a fix keeps every decision, and how that is checked when it runs (see `bylaw.analysis.proofs`)."""

    NORMAL_FORM = "normal-form"
    """Both texts have one normal form."""
    GUARD = "guard"
    """The only change is a `has` or `hasTag` in front of a read that would otherwise error."""


class Edit(NamedTuple):
    """Replaces the code points `start`..`end` (exclusive) of one file."""

    start: int
    end: int
    replacement: str


class Fix(NamedTuple):
    """A change of one file that removes a finding."""

    path: str
    title: str
    edits: tuple[Edit, ...]
    proof: Proof | None = None

    @property
    def safe(self) -> bool:
        """Whether it claims, and can show, that no decision changes."""
        return self.proof is not None

    @property
    def range(self) -> tuple[int, int]:
        """From the first edited code point to the last."""
        return min(edit.start for edit in self.edits), max(edit.end for edit in self.edits)


class Hit(NamedTuple):
    """One thing that one rule found."""

    rule: str
    message: str
    span: Span
    subject: str
    """Canonical text of what is flagged, without any place: it survives re-formatting and moves inside the file."""
    help: str | None = None
    policy: PolicyRef | None = None
    fix: Fix | None = None


class SuppressionKind(StrEnum):
    """How a suppression is written."""

    COMMENT = "comment"
    ANNOTATION = "annotation"


class Suppression(NamedTuple):
    """The wish of an author not to hear of one rule in one place."""

    rule: str
    reason: str
    span: Span
    kind: SuppressionKind
    lines: tuple[int, int] | None
    """First and last line it covers; the whole file where none."""
    until: date | None = None

    def covers(self, hit: Hit) -> bool:
        """Whether `hit` is in its reach."""
        if hit.rule != self.rule or hit.span.path != self.span.path:
            return False
        return self.lines is None or self.lines[0] <= hit.span.start.line <= self.lines[1]


BaselineKey: TypeAlias = tuple[str, str, str]
"""Rule id, policy or path, fingerprint."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with its level and what became of it."""

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    span: Span
    help: str | None
    policy: PolicyRef | None
    fingerprint: str
    fix: Fix | None = None
    suppressed: Suppression | None = None
    baselined: bool = False

    @property
    def subject(self) -> str:
        """The policy it is about, else the file."""
        return str(self.policy) if self.policy else self.span.path

    @property
    def key(self) -> BaselineKey:
        """What a baseline entry names."""
        return (self.rule, self.subject, self.fingerprint)

    @property
    def counts(self) -> bool:
        """Whether it is neither suppressed nor in the baseline."""
        return self.suppressed is None and not self.baselined

    @property
    def sort_key(self) -> tuple[Span, int, str, str, str]:
        """By place, then worst first."""
        return (self.span, self.severity.rank, self.rule, self.message, self.fingerprint)
