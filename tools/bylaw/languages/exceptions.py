"""Exceptions from policies, in any language that has them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import PolicyId, PolicyRef
from bylaw.model.spans import Span
from bylaw.repository.documents.exceptions import ExceptionDocument
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.layout import App
from bylaw.repository.yaml_reader import YamlFile


@dataclass(frozen=True)
class PolicyException:
    """One exception, with where it stands."""

    ref: PolicyRef
    """`exceptions/<name>` of its app."""
    document: ExceptionDocument
    file: YamlFile

    @property
    def name(self) -> str:
        """What people call it."""
        return self.ref.policy.partition("/")[2]

    @property
    def policy(self) -> PolicyId:
        """What it is an exception from."""
        return PolicyId(self.document.policy)

    @property
    def path(self) -> str:
        """Where the file stands."""
        return self.file.path

    @property
    def text(self) -> str:
        """What the file says."""
        return self.file.text

    def place(self, *route: str | int) -> Span:
        """Where something is said, by its key."""
        return self.file.key_span(route)

    def holds_at(self, moment: datetime) -> bool:
        """Whether it has not expired by then; uses are counted elsewhere."""
        return self.document.expires_at is None or moment < self.document.expires_at


def load_exceptions(
    app: App, policies: Collection[PolicyId]
) -> tuple[tuple[PolicyException, ...], tuple[Diagnostic, ...]]:
    """Read every exception of an app; what cannot be read, or lifts what it must not, is left out and diagnosed."""
    problems = Diagnostics()
    found = []
    for file in app.exceptions:
        text, complaints = app.text(file.path)
        problems.extend(complaints)
        if text is None:
            continue
        document, places, complaints = load_with_places(ExceptionDocument, text, file.path)
        problems.extend(complaints)
        if document is None or places is None:
            continue
        exception = PolicyException(file.ref, document, places)
        refusals = tuple(_refusals(exception, app, policies))
        problems.extend(refusals)
        if not refusals:
            found.append(exception)
    return tuple(found), tuple(problems)


def _refusals(exception: PolicyException, app: App, policies: Collection[PolicyId]) -> Iterator[Diagnostic]:
    if exception.policy not in policies:
        message = f"the app has no policy `{exception.policy}`: an exception does not outlive what it is from"
        remedy = "remove the exception, or name the policy that it is from"
        yield Diagnostic("exception-policy", message, exception.place("policy"), remedy)
    elif any(fnmatchcase(exception.policy, glob) for glob in app.document.protected):
        message = f"`{exception.policy}` is protected: no exception lifts it"
        remedy = "make the exception from a narrower policy, or take the policy out of `protected` in `app.yaml`"
        yield Diagnostic("exception-policy", message, exception.place("policy"), remedy)


def live(exceptions: Iterable[PolicyException], moment: datetime) -> tuple[PolicyException, ...]:
    """Those that have not expired."""
    return tuple(exception for exception in exceptions if exception.holds_at(moment))
