"""Problems to render: ordinary ones, many of them, and ones whose every field wants to do something."""

from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef
from bylaw.model.spans import Position, Span
from bylaw.reporting.problem import Problem

PATH = "policies/refunds/limits/cap-refund.cedar"
SOURCE = """// A refund stays below the limit of the person.
permit (
  principal,
  action == AgentCore::Action::"Refunds___issue",
  resource
)
when { context.input.limit < 100 };
"""


def at(line: int, column: int, end_line: int, end_column: int, path: str = PATH) -> Span:
    return Span(path, Position(line, column), Position(end_line, end_column))


ERROR = Problem(
    code="unguarded-optional",
    severity=Severity.ERROR,
    message="optional attribute `limit` is read without `has`",
    span=at(7, 8, 7, 27),
    help="write `context.input has limit && …`",
    fingerprint="5f1c0de5f1c0de5f",
    url="https://example.org/rules/unguarded-optional",
    policy=PolicyRef.parse("refunds/limits/cap-refund"),
)
WARNING = Problem("unconstrained-principal", Severity.WARNING, "any principal may do this", at(2, 1, 6, 2))
NOTE = Problem("missing-owner", Severity.NOTE, "policy `limits/cap-refund` has no `@owner`", at(1, 1, 1, 1))
NOWHERE = Problem("no-targets", Severity.ERROR, "`bylaw.yaml` has no `targets`", help="run `bylaw new target`")
SUPPRESSED = Problem(
    "todo-left", Severity.NOTE, "a comment says TODO", at(1, 4, 1, 8), suppressed_reason="tracked in the plan of May"
)
BASELINED = Problem("missing-description", Severity.WARNING, "no `@description`", at(2, 1, 2, 7), baselined=True)

NORMAL = (WARNING, ERROR, NOTE, NOWHERE, SUPPRESSED, BASELINED)

PAYLOADS = (
    "::error::forged",
    "  ::set-output name=x::y",
    "x ##[error]forged",
    "line\nbreak\r\n::stop-commands::pwned",
    "@everyone look at https://evil.example and www.evil.example, #1, GH-1",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "<!-- bylaw:checks: --><script>alert(1)</script>",
    "```\n# heading\n```",
    "`` ` ``` ````",
    "| a | b |\n|---|---|",
    "a\\|b \\` c",
    "</details>\n# heading",
    "\u202eright to left\u202c zero\u200bwidth \x1b[31mred\x1b[0m \x00\x08",
    "EOF\nplan-hash=forged",
    "]]> & < > \" ' %0A",
    "$x$ and $$y$$",
)


def hostile(payload: str) -> Problem:
    """A problem whose every text is `payload`."""
    path = payload.replace("\n", "/")
    return Problem(payload, Severity.ERROR, payload, at(1, 1, 1, 3, path), payload, suppressed_reason=None, url=payload)


HOSTILE = tuple(hostile(payload) for payload in PAYLOADS)


def many(number: int, severity: Severity = Severity.WARNING) -> tuple[Problem, ...]:
    """`number` problems on lines of their own."""
    return tuple(
        Problem(
            "untested-policy",
            severity,
            f"no suite decides by `p{index}`",
            at(index, 1, index, 7),
            fingerprint=f"{index:016x}",
        )
        for index in range(1, number + 1)
    )
