"""A coverage report with a bit of everything."""

from bylaw.model.effects import Effect
from bylaw.model.identifiers import PolicyId
from bylaw.model.spans import Position, Span
from bylaw.testing.coverage import CoverageReport, Covered, Hits, PolicyCoverage


def at(path: str, line: int) -> Span:
    return Span(path, Position(line, 1), Position(line, 9))


def policy(
    name: str, *, matched: int = 1, parts: tuple[Covered, ...] = (), excluded: str | None = None
) -> PolicyCoverage:
    return PolicyCoverage(
        policy=PolicyId(name),
        effect=Effect.PERMIT,
        span=at(f"policies/desk/{name}.cedar", 3),
        in_scope=5,
        matched=matched,
        decisive=matched,
        errors=0,
        clauses=tuple(part for part in parts if part.text.startswith("when")),
        conditions=tuple(part for part in parts if not part.text.startswith("when")),
        excluded=excluded,
    )


def part(name: str, line: int, text: str, hits: Hits, excluded: str | None = None) -> Covered:
    return Covered(at(f"policies/desk/{name}.cedar", line), text, hits, excluded)


LIMIT = "limits/pay"
REPORT = CoverageReport(
    app="desk",
    cases=5,
    policies=(
        policy(
            LIMIT,
            matched=2,
            parts=(
                part(LIMIT, 4, "when { a && b }", Hits(2, 3, 0, 0)),
                part(LIMIT, 4, "a", Hits(3, 2, 0, 0)),
                part(LIMIT, 4, "b", Hits(2, 0, 1, 2)),
                part(LIMIT, 5, "when { c }", Hits(0, 0, 0, 5)),
                part(LIMIT, 6, "c", Hits(0, 0, 0, 5)),
                part(LIMIT, 7, "d", Hits(0, 0, 0, 5), "the vendor guarantees it"),
            ),
        ),
        policy("open", matched=0),
        policy("old", excluded="on its way out"),
    ),
    environments=(),
    exclusions=(),
)
