"""From the server's objects to the reconciler's, and back."""

from collections.abc import Iterable
from typing import Final

from bylaw.backends.connection import ContentReader
from bylaw.backends.interface import BackendTerminalError, DesiredObject, LiveEngine, LiveObject, Status
from bylaw.backends.policy_api.capabilities import capabilities_of
from bylaw.backends.policy_api.client import PolicyBody
from bylaw.backends.policy_api.identity import Marked, annotated, taken_apart
from bylaw.backends.policy_api.records import Enforcement, EngineRecord, PolicyRecord
from bylaw.backends.statuses import ACTIVE, FAILED, readable
from bylaw.model.digests import Digest
from bylaw.model.effects import Effect, Mode
from bylaw.model.marks import Mark
from bylaw.repository.documents.policy_api import PolicyApiTarget

MAX_DESCRIPTION: Final = 4096
MAX_DETAIL: Final = 1000
"""Characters of the server's reasons that are shown."""
MAX_READABLE: Final = 40_000
"""Characters of live text beyond which nobody tries to parse it."""

ENFORCE: Final = "enforce"
_MODES: Final = {None: Mode.ACTIVE, ACTIVE: Mode.ACTIVE, "LOG_ONLY": Mode.LOG_ONLY}
_WORDS: Final = {Mode.ACTIVE: ACTIVE, Mode.LOG_ONLY: "LOG_ONLY"}
_LANGUAGES: Final = {"cedar": "cedar", "policy": "dogwood"}


def mode_word(mode: Mode) -> str:
    """The server's word for a mode."""
    return _WORDS[mode]


def live_object(record: PolicyRecord, engine: str, reader: ContentReader) -> LiveObject:
    """What the reconciler sees. Content, or a mode, that we cannot read leaves the object foreign: it has no digest then."""
    marked = _marked(record)
    content = _read(record, marked.text, reader)
    effect, digest = content or (None, None)
    return LiveObject(
        id=record.id,
        engine=engine,
        language="cedar" if content is not None else _LANGUAGES.get(record.member, "unknown"),
        text=marked.text,
        digest=digest,
        effect=effect,
        mode=_MODES.get(record.mode, Mode.ACTIVE),
        status=_status(record),
        mark=marked.mark,
        version=record.version,
        detail=_detail(record),
    )


def live_engine(record: EngineRecord, enforced: Enforcement) -> LiveEngine:
    """An engine with its switches: whether the server asks it, and what the server does with the answer. Our own server asks any
    engine that a request names."""
    if enforced.engine_id == record.id:
        switches = ("server", readable(enforced.mode or ENFORCE, 60))
    else:
        switches = ("none", "none") if enforced.mode is None else ("on request", ENFORCE)
    return LiveEngine(record.name, None, (("attachment", switches[0]), ("mode", switches[1])))


def body_of(desired: DesiredObject, options: PolicyApiTarget) -> PolicyBody:
    """What is sent to create an object.

    Raises:
        BackendTerminalError: the server does not hold such a policy, or not together with its mark.
    """
    demand_storable(desired, options)
    statement = statement_of(desired.text, desired.mark, options)
    description = description_of(desired) if options.marks_description else desired.description[:MAX_DESCRIPTION]
    mode = None if desired.mode is Mode.ACTIVE else mode_word(desired.mode)
    return PolicyBody(statement, description, mode)


def demand_storable(desired: DesiredObject, options: PolicyApiTarget) -> None:
    """Check what the compiler checks as well: nothing else may ever be sent.

    Raises:
        BackendTerminalError: language, mode or length do not fit.
    """
    held = capabilities_of(options)
    if desired.language not in held.languages:
        raise BackendTerminalError(f"language `{desired.language}` cannot be stored")
    if desired.mode not in held.modes:
        message = f"`{desired.ref}` cannot be in mode `{desired.mode}`: provider `{options.provider}` has no modes"
        raise BackendTerminalError(message, help="take `@enforcement` off the policy")
    length, most, least = len(desired.text), held.max_statement_length, held.min_statement_length
    if (most is not None and length > most) or (least is not None and length < least):
        message = f"`{desired.ref}` has {length} characters, {least or 1} to {most} are possible"
        raise BackendTerminalError(message, help="split or simplify the policy")


def statement_of(text: str, mark: Mark, options: PolicyApiTarget) -> str:
    """The statement as it is sent, with the mark where the target wants it there.

    Raises:
        BackendTerminalError: an `@id` of the policy's own stands in the way.
    """
    if taken_apart(text).mark is not None:
        raise BackendTerminalError(f"`{mark.ref}` holds an `@id` that reads as a mark", help="take the `@id` out")
    statement = annotated(text, mark) if options.marks_body else text
    if statement == text and not options.marks_description:
        message = f"`{mark.ref}` has an `@id` of its own, where its mark should stand"
        raise BackendTerminalError(message, help="take the `@id` out, or set `carrier: both`")
    return statement


def description_of(desired: DesiredObject) -> str:
    """The description with the mark as its last line; where both are too long, people's words are cut."""
    mark = str(desired.mark)
    words = desired.description[: MAX_DESCRIPTION - len(mark) - 1]
    return f"{words}\n{mark}".lstrip("\n")


def _marked(record: PolicyRecord) -> Marked:
    """Text and mark. Where the two places of the mark disagree, somebody was there: the description tells whose it is, and the
    annotation stays in the text, where it shows as a difference."""
    described = Mark.find(record.description)
    if record.statement is None:
        return Marked("", described)
    if len(record.statement) > MAX_READABLE:
        return Marked(record.statement, described)
    inner = taken_apart(record.statement)
    if described is not None and inner.mark is not None and inner.mark != described:
        return Marked(record.statement, described)
    return Marked(inner.text, described or inner.mark)


def _read(record: PolicyRecord, text: str, reader: ContentReader) -> tuple[Effect, Digest] | None:
    if record.statement is None or len(record.statement) > MAX_READABLE or record.mode not in _MODES:
        return None
    return reader("cedar", text)


def _status(record: PolicyRecord) -> Status:
    """What is being deleted decides until it is gone, and a status that we have never heard of may become anything."""
    if record.status == ACTIVE:
        return Status.ACTIVE
    return Status.FAILED if record.status in FAILED else Status.PENDING


def _detail(record: PolicyRecord) -> str:
    parts: Iterable[str] = record.reasons if record.status in FAILED else ()
    if record.statement is None:
        parts = (f"its definition (`{record.member or 'no text'}`) cannot be read", *parts)
    if record.mode not in _MODES:
        parts = (f"enforcement mode `{readable(record.mode or '', 60)}` is unknown", *parts)
    if record.status != ACTIVE:
        parts = (readable(record.status, 60).lower().replace("_", " "), *parts)
    return readable("; ".join(parts), MAX_DETAIL)
