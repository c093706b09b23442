"""`bylaw ask`: a question in a few words becomes a Cedar permit that nobody deploys, and the solver says what meets it.

    who can <action> [on <resource>] [with <condition>]
    what can <principal> do [on <resource>] [with <condition>]
    can <principal> do <action> [on <resource>] [with <condition>]

A principal or resource is an entity (`Team::"ops"` is that one, `in Team::"ops"` its members), a type, or `…` for any. An action is
an entity; a group of actions stands for its members.
"""

import re
from collections.abc import Mapping

from bylaw.analysis.smt.asking import ask
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.subjects import Subject, subjects
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.uids import parse_uid
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.reporting.asking import Replies, Reply

_UID = r'[A-Za-z_][\w:]*::"(?:[^"\\]|\\.)*"'
_SHAPES = (
    r"who can (?P<action>{uid})",
    r"what can (?P<principal>.+?) do",
    r"can (?P<principal>.+?) do (?P<action>{uid})",
)
_TAIL = r"(?: on (?P<resource>.+?))?(?: with (?P<condition>.+))?"
_QUESTIONS = tuple(re.compile(shape.format(uid=_UID) + _TAIL, re.DOTALL) for shape in _SHAPES)
HELP = 'ask like: who can Action::"pay" on … with context.amount > 500'


def statement_of(question: str) -> str:
    """The permit that `question` asks about.

    Raises:
        UsageError: it is no question of a known form.
    """
    text = question.strip().rstrip("?").strip()
    found = next((match for shape in _QUESTIONS if (match := shape.fullmatch(text))), None)
    if found is None:
        raise UsageError(f"cannot read the question `{question}`", help=HELP)
    parts = {name: (value or "").strip() for name, value in found.groupdict().items()}
    scope = ", ".join(
        (
            _scope("principal", parts.get("principal", "")),
            _action(parts.get("action", "")),
            _scope("resource", parts["resource"]),
        )
    )
    clause = f" when {{ {parts['condition']} }}" if parts["condition"] else ""
    return f"permit ({scope}){clause};"


def _action(text: str) -> str:
    return f"action in {text}" if text else "action"


def _scope(variable: str, text: str) -> str:
    if text in {"", "…", "...", "*", "anything", "anyone"}:
        return variable
    if text.startswith("in "):
        return f"{variable} {text}"
    return f"{variable} == {text}" if parse_uid(text) else f"{variable} is {text}"


def answers(programs: Mapping[AppId, CedarProgram], question: str, options: Options) -> Replies:
    """What each app allows of what is asked; an app whose schema does not know what is asked says so.

    Raises:
        UsageError: the question is of no known form.
        InvalidInputError: what is asked is not Cedar, or no app's schema knows it.
    """
    text = statement_of(question)
    parsed = parse_statement(text, "question")
    if parsed.statement is None:
        raise InvalidInputError(parsed.diagnostics)
    policy = CedarPolicy(PolicyRef(AppId("question"), PolicyId("question")), "question", text, parsed.statement)
    subject = Subject(policy.ref, parsed.statement, policy)
    refused = {
        app: validate_program(_alone(policy, program)) if program.schema else None for app, program in programs.items()
    }
    if refused and all(refused.values()):
        raise InvalidInputError(next(problems for problems in refused.values() if problems))
    replies = (_reply(app, program, refused[app], subject, options) for app, program in programs.items())
    return Replies(text, tuple(replies))


def _reply(
    app: AppId, program: CedarProgram, problems: tuple[Diagnostic, ...] | None, question: Subject, options: Options
) -> Reply:
    if problems is None or program.schema is None:
        return Reply(app, (), "the app has no schema")
    if problems:
        return Reply(app, (), problems[0].message)
    return Reply(app, tuple(ask(question, subjects(program), program.schema, options)))


def _alone(policy: CedarPolicy, program: CedarProgram) -> CedarProgram:
    return CedarProgram(program.app, (policy,), (), program.schema, program.schema_path, "[]", None)
