"""Policy invariants: what holds of the decisions of an app on every request there can be, read from its source tree.

    never      none of these requests is allowed
    always     all of these requests are allowed
    only       those of these requests that are allowed are among those
    implies    whatever this app allows, the other one allows as well

Requests are written as a `permit` statement that matches them. It is held to what a policy is held to: the limits of the parser,
and strict validation against the schema of the app.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bylaw.analysis.invariant_documents import CLAIMS, InvariantDocument, InvariantsDocument
from bylaw.analysis.invariant_texts import moved, parse_requests
from bylaw.analysis.wording import code, listed
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.model.spans import Span
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.layout import App
from bylaw.repository.places import INVARIANTS_SUFFIX
from bylaw.repository.yaml_reader import Route
from bylaw.repository.yaml_scalars import ScalarPlaces, ScalarText


@dataclass(frozen=True)
class Requests:
    """The requests that a `permit` statement matches. The ranges in `statement` are those of `text`."""

    text: str
    statement: Statement
    span: Span
    """The text in its file."""


@dataclass(frozen=True)
class Never:
    """None of the requests is allowed."""

    requests: Requests


@dataclass(frozen=True)
class Always:
    """All of the requests are allowed."""

    requests: Requests


@dataclass(frozen=True)
class Only:
    """Those of the requests `may` that are allowed are among the requests `satisfies`."""

    may: Requests
    satisfies: Requests


@dataclass(frozen=True)
class Implies:
    """Every request that the app allows is allowed by `app`, another one, which need not exist."""

    app: AppId
    span: Span
    """Where the other app is named."""


Claim: TypeAlias = Never | Always | Only | Implies


@dataclass(frozen=True)
class Invariant:
    """One claim about one app."""

    id: str
    app: AppId
    claim: Claim
    description: str | None
    span: Span
    """Its id, in its file."""
    open_world: bool


@dataclass(frozen=True)
class _Written:
    """An invariant as it stands in its file."""

    document: InvariantDocument
    route: Route
    places: ScalarPlaces

    def span(self, *keys: str) -> Span:
        """The span of the value below `keys`."""
        return self.places.file.span((*self.route, *keys))

    @property
    def texts(self) -> Iterator[ScalarText]:
        """Its statements, in the order of the claims."""
        only = self.document.only
        for keys, text in (
            (("never",), self.document.never),
            (("always",), self.document.always),
            (("only", "may"), only.may if only else None),
            (("only", "satisfies"), only.satisfies if only else None),
        ):
            if text is not None:
                yield self.places.text((*self.route, *keys), text)


def load_invariants(app: App, program: CedarProgram) -> tuple[tuple[Invariant, ...], tuple[Diagnostic, ...]]:
    """The invariants of `app`, by file and place; what cannot be read is left out and diagnosed.

    `program` is the program of `app`. Without a schema no statement can be validated, and none is given. Whether the app that an
    `Implies` names exists is for the caller to see.
    """
    problems = Diagnostics()
    written = tuple(_unambiguous(_written(app, problems), app, problems))
    requests = _requests((text for item in written for text in item.texts), app, program, problems)
    found = []
    for item in written:
        claim = _claim(item, requests)
        if claim is not None:
            own = item.document
            found.append(Invariant(own.id, app.id, claim, own.description, item.span("id"), own.open_world))
    return tuple(found), tuple(problems)


def _written(app: App, problems: Diagnostics) -> Iterator[_Written]:
    for entry in app.tree.entries(app.suite_directory):
        if not entry.path.endswith(INVARIANTS_SUFFIX):
            continue
        text, found = app.text(entry.path)
        problems.extend(found)
        if text is None:
            continue
        document, file, found = load_with_places(InvariantsDocument, text, entry.path)
        problems.extend(found)
        if document is not None and file is not None:
            if not document.invariants:
                message, at = f"`{entry.path}` has no invariant", file.span(("invariants",))
                problems.add(
                    Diagnostic("no-invariants", message, at, "write one, or delete the file", Severity.WARNING)
                )
            places = ScalarPlaces(file)
            yield from (_Written(item, ("invariants", n), places) for n, item in enumerate(document.invariants))


def _unambiguous(written: Iterable[_Written], app: App, problems: Diagnostics) -> Iterator[_Written]:
    """Those that have an id of their own and make one claim, about two different apps if about two."""
    taken: dict[str, Span] = {}
    for item in written:
        own, at = item.document, item.span("id")
        first = taken.setdefault(own.id, at)
        if first != at:
            remedy = f"`{first}` has it: give one of the two another id"
            problems.add(Diagnostic("duplicate-id", f"the id {code(own.id)} is taken", at, remedy))
        elif not own.claims:
            message = f"the invariant {code(own.id)} claims nothing"
            problems.add(Diagnostic("no-claim", message, at, f"give it {listed(CLAIMS, 'or')}"))
        elif len(own.claims) > 1:
            message = f"the invariant {code(own.id)} makes {len(own.claims)} claims: {listed(own.claims)}"
            remedy = "keep one, and make the other an invariant with an id of its own"
            problems.add(Diagnostic("several-claims", message, at, remedy))
        elif own.implies == app.id:
            message = f"{code(own.id)} says that the app implies itself"
            problems.add(Diagnostic("implies-itself", message, item.span("implies"), "name another app"))
        else:
            yield item


def _requests(
    texts: Iterable[ScalarText], app: App, program: CedarProgram, problems: Diagnostics
) -> Mapping[Span, Requests]:
    """The texts that are fit to be used, each by its place."""
    parsed = [(text, statement) for text in texts if (statement := parse_requests(text, problems)) is not None]
    if parsed and program.schema is None:
        # A schema that cannot be read has been diagnosed where the program was.
        if program.schema_path is None:
            message = f"the app `{app.id}` has no schema to hold its invariants to"
            problems.add(
                Diagnostic("no-schema", message, parsed[0][0].span, "name one by `schema:` in the app's `app.yaml`")
            )
        return {}
    refused = frozenset(_invalid(parsed, app, program, problems))
    return {
        text.span: Requests(text.text, statement, text.span)
        for number, (text, statement) in enumerate(parsed)
        if number not in refused
    }


def _invalid(
    parsed: Sequence[tuple[ScalarText, Statement]], app: App, program: CedarProgram, problems: Diagnostics
) -> Iterator[int]:
    """The numbers of those that strict validation refuses."""
    # One program of all, for the engine to be asked once: a number stands for the path of each.
    policies = tuple(
        CedarPolicy(PolicyRef(app.id, PolicyId(str(number))), str(number), text.text, statement)
        for number, (text, statement) in enumerate(parsed)
    )
    for item in validate_program(replace(program, policies=policies, links=())):
        number = int(item.span.path) if item.span else 0
        problems.add(moved(item, parsed[number][0]))
        yield number


def _claim(item: _Written, requests: Mapping[Span, Requests]) -> Claim | None:
    """The claim, if all of its statements are fit to be used."""
    own = item.document
    if own.implies is not None:
        return Implies(AppId(own.implies), item.span("implies"))
    match [requests.get(text.span) for text in item.texts]:
        case [Requests() as may, Requests() as satisfies]:
            return Only(may, satisfies)
        case [Requests() as alone]:
            return Never(alone) if own.never is not None else Always(alone)
        case _:
            return None
