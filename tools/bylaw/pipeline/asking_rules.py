"""`bylaw ask` of `http-rules` apps: which requests leave, of all requests there could be.

    who can send <method> [to <url>]
    what can <agent> send [to <url>]
    can <agent> send <method> [to <url>]

The URL is a pattern as in a rule, `…` or nothing for any; so is the method.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bylaw.analysis.http_rules.comparing import Reading, only
from bylaw.evaluation.http_rules.effective import effective
from bylaw.languages.http_rules.model import Default, Deny, HttpRules, Matcher, Method, Mode, Rule
from bylaw.languages.http_rules.patterns import problems
from bylaw.languages.http_rules.program import RulesProgram
from bylaw.model.errors import UsageError
from bylaw.model.spans import whole_file
from bylaw.reporting.asking_rules import AgentReply, RulesReplies

_URL = r"(?: to (?P<url>\S+))?"
_QUESTIONS = tuple(
    re.compile(shape + _URL)
    for shape in (
        r"who can send (?P<method>\S+)",
        r"what can (?P<agent>\S+) send",
        r"can (?P<agent>\S+) send (?P<method>\S+)",
    )
)
_ANY: Final = frozenset({"", "…", "...", "anything"})
HELP = "ask like: can sales-agent send POST to api.example.com/v1/**"


def is_about_requests(question: str) -> bool:
    """Whether a question asks what is sent, and so is one for `http-rules` apps."""
    return " send" in question


def rules_answers(programs: Iterable[RulesProgram], question: str) -> RulesReplies:
    """What each agent may send of what is asked, under its guardrails and as if they were enforced; limits aside.

    Raises:
        UsageError: the question cannot be read, or no app has the agent.
        InternalError: the evaluator contradicts an answer.
    """
    found = next((match for shape in _QUESTIONS if (match := shape.fullmatch(question.strip().rstrip("?")))), None)
    if found is None:
        raise UsageError(f"cannot read the question `{question}`", help=HELP)
    parts = {name: value or "" for name, value in found.groupdict().items()}
    asked = Matcher(_methods(parts.get("method", "")), _url(parts["url"]), (), (), None)
    replies = tuple(_replies(programs, parts.get("agent"), asked))
    if not replies:
        raise UsageError(f"no app has an agent `{parts.get('agent')}`", help="`bylaw effective` names those of an app")
    return RulesReplies(question, replies)


def _methods(text: str) -> frozenset[Method]:
    if text in _ANY:
        return frozenset()
    try:
        return frozenset({Method(text.upper())})
    except ValueError:
        raise UsageError(f"`{text}` is no method", help=f"methods: {', '.join(Method)}, or …") from None


def _url(text: str) -> str | None:
    if text in _ANY:
        return None
    problem = next(problems(text), None)
    if problem is not None:
        raise UsageError(f"`{text}` is no pattern: {problem.message}", help=problem.help)
    return text


def _replies(programs: Iterable[RulesProgram], agent: str | None, asked: Matcher) -> Iterator[AgentReply]:
    # All but what is asked about: what the rules allow and this does not is the answer.
    rest = Rule("asked", Deny(asked), whole_file("question"))
    others = HttpRules(None, Default.ALLOW, Mode.ENFORCE, mode_is_given=True, rules=(rest,))
    for program in programs:
        for name, policy in sorted(program.by_agent.items()):
            if agent in {None, name}:
                found = only(Reading(effective(policy, program).document), Reading(others))
                yield AgentReply(program.app, name, found.differences, is_settled=found.is_settled)
