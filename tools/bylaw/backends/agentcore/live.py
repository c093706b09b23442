"""From the service's objects to the reconciler's, and back."""

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

from bylaw.backends.agentcore.capabilities import CAPABILITIES
from bylaw.backends.agentcore.names import policy_name
from bylaw.backends.agentcore.records import EngineRecord, GatewayRecord, PolicyDraft, PolicyRecord
from bylaw.backends.connection import ContentReader
from bylaw.backends.interface import BackendTerminalError, DesiredObject, LiveEngine, LiveObject, Status
from bylaw.backends.statuses import ACTIVE, FAILED, readable
from bylaw.model.digests import Digest
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import PolicyRef
from bylaw.model.marks import Mark
from bylaw.repository.documents.agentcore import AgentCoreTarget

MAX_DESCRIPTION: Final = 4096
SPARE_NAMES: Final = 4
"""How many names a content has. All but the first are needed only after edits outside of git."""
MAX_DETAIL: Final = 1000
"""Characters of the service's reasons that are shown."""
MAX_READABLE: Final = 4 * 10_000
"""Characters of live text beyond which nobody tries to parse it: four times what the service says it holds."""

IGNORE_FINDINGS: Final = "IGNORE_ALL_FINDINGS"
_MODES: Final = {ACTIVE: Mode.ACTIVE, "LOG_ONLY": Mode.LOG_ONLY}
_LANGUAGES: Final = {"cedar": "cedar", "policy": "dogwood"}
"""By member of the definition. Dogwood is the service's superset of Cedar; where its text is plain Cedar, it is Cedar."""
_WORDS: Final = {mode: word for word, mode in _MODES.items()}


def mode_word(mode: Mode) -> str:
    """The service's word for a mode."""
    return _WORDS[mode]


def live_object(record: PolicyRecord, engine: str, reader: ContentReader) -> LiveObject:
    """What the reconciler sees. Content, or a mode, that we cannot read leaves the object foreign: it has no digest then."""
    content = _read(record, reader)
    effect, digest = content or (None, None)
    return LiveObject(
        id=record.id,
        engine=engine,
        language="cedar" if content is not None else _LANGUAGES.get(record.member, "unknown"),
        text=record.statement or "",
        digest=digest,
        effect=effect,
        mode=_MODES.get(record.mode, Mode.ACTIVE),
        status=_status(record),
        mark=Mark.find(record.description),
        version=record.version,
        detail=_detail(record),
    )


def live_engine(record: EngineRecord, watched: str | None, gateway: GatewayRecord | None) -> LiveEngine:
    """An engine with its switches: the gateway that is watched (none where it does not exist), and what it does with the engine."""
    if watched is None:
        return LiveEngine(record.name, None)
    if gateway is None:
        return LiveEngine(record.name, None, (("attachment", "gateway missing"), ("mode", "none")))
    attached = gateway.engine_arn == record.arn
    mode = readable(gateway.mode or "none", 60) if attached else "none"
    return LiveEngine(record.name, None, (("attachment", watched if attached else "none"), ("mode", mode)))


def draft_of(engine: str, desired: DesiredObject, options: AgentCoreTarget, today: date) -> PolicyDraft:
    """What is sent to create an object.

    Raises:
        BackendTerminalError: the service does not hold such a policy.
    """
    length, least, most = len(desired.text), CAPABILITIES.min_statement_length, CAPABILITIES.max_statement_length
    if desired.language not in CAPABILITIES.languages:
        raise BackendTerminalError(f"language `{desired.language}` cannot be stored")
    if least is not None and most is not None and not least <= length <= most:
        message = f"`{desired.ref}` has {length} characters, {least} to {most} are possible"
        raise BackendTerminalError(message, help="split or simplify the policy")
    return PolicyDraft(
        names=tuple(policy_name(engine, desired.mark, desired.digest, spare) for spare in range(SPARE_NAMES)),
        statement=desired.text,
        description=description_of(desired),
        mode=mode_word(desired.mode),
        validation=validation_of(desired.ref, options, today),
    )


def description_of(desired: DesiredObject) -> str:
    """The description with the mark as its last line; where both are too long, people's words are cut."""
    mark = str(desired.mark)
    words = desired.description[: MAX_DESCRIPTION - len(mark) - 1]
    return f"{words}\n{mark}".lstrip("\n")


def validation_of(ref: PolicyRef, options: AgentCoreTarget, today: date) -> str:
    """How the service's findings about a policy are taken: a waiver that counts today lets the policy through."""
    waived = any(
        today <= waiver.until and any(fnmatchcase(str(ref), glob) for glob in waiver.policies)
        for waiver in options.finding_waivers
    )
    return IGNORE_FINDINGS if waived else options.validation


def _read(record: PolicyRecord, reader: ContentReader) -> tuple[Effect, Digest] | None:
    if record.statement is None or len(record.statement) > MAX_READABLE or record.mode not in _MODES:
        return None
    return reader("cedar", record.statement)


def _status(record: PolicyRecord) -> Status:
    """What is being deleted decides until it is gone, and a status that we have never heard of may become anything."""
    if record.status == ACTIVE:
        return Status.ACTIVE
    return Status.FAILED if record.status in FAILED else Status.PENDING


def _detail(record: PolicyRecord) -> str:
    parts: Iterable[str] = record.reasons if record.status in FAILED else ()
    if record.statement is None:
        parts = (f"definition member `{record.member}` cannot be read, upgrade boto3", *parts)
    if record.mode not in _MODES:
        parts = (f"enforcement mode `{readable(record.mode, 60)}` is unknown", *parts)
    if record.status != ACTIVE:
        parts = (readable(record.status, 60).lower().replace("_", " "), *parts)
    return readable("; ".join(parts), MAX_DETAIL)
