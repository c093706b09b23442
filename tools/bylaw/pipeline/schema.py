"""`bylaw schema generate`: files of tools, and the targets of gateways, to a schema."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bylaw.generation.derive import Derived, derive
from bylaw.generation.source import MAX_JSON_BYTES, Source, read_tools, source_text
from bylaw.generation.tools import Options, Tool
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.errors import UsageError
from bylaw.model.spans import whole_file
from bylaw.repository.documents.settings import Settings


@dataclass(frozen=True)
class Generated:
    """What came of the sources; no schema with an error in them."""

    derived: Derived | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    """Texts of the sources, for excerpts."""


def generate(sources: Sequence[Source], options: Options, doubts: Iterable[Diagnostic] = ()) -> Generated:
    """The schema of all tools in `sources`; `doubts` is what was found while looking for them."""
    problems = Diagnostics(doubts)
    tools: list[Tool] = []
    for source in sources:
        found, said = read_tools(source)
        tools += found
        problems.extend(said)
    # Findings about tools that could be read help even where others could not.
    derived, said_of_types = derive(tools, options)
    problems.extend(said_of_types)
    texts = {source.path: text for source in sources if (text := source_text(source.data)) is not None}
    return Generated(None if problems.has_errors else derived, tuple(problems), texts)


def read_file(place: Path, name: str) -> bytes:
    """A file that the caller named; a pipe is one too. No more than is needed to see that it is too large.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with place.open("rb") as file:
            return file.read(MAX_JSON_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file can be called so"
        raise UsageError(f"cannot read `{name}`: {reason}", help="name a file that can be read") from error


def gateway_sources(
    settings: Settings, name: str, known: Container[str]
) -> tuple[tuple[Source, ...], tuple[Diagnostic, ...]]:
    """The targets of the gateway that the target `name` of `bylaw.yaml` watches, but not those that are `known` already.

    Raises:
        UsageError: it is no AgentCore target with a gateway, or boto3 is missing.
        BackendError: the gateway cannot be read.
    """
    from bylaw.backends.agentcore.tools import gateway_tools  # noqa: PLC0415 - only with a gateway
    from bylaw.pipeline.targets import target_settings  # noqa: PLC0415

    target = target_settings(settings, name)
    if target.agentcore is None:
        raise UsageError(f"target `{name}` is no AgentCore target", help="name one with `backend: agentcore`")
    sources, doubts = [], []
    for found in gateway_tools(target.agentcore, known):
        path = f"{name}/{found.name}"
        if found.document is not None:
            sources.append(Source(path, found.document.encode(), found.name))
        if found.doubt is not None:
            help_ = f"save its tools in a file, and give `--target {found.name}=FILE`"
            message = f"the target `{found.name}` of the gateway {found.doubt}"
            doubts.append(Diagnostic("gateway-target", message, whole_file(path), help_, Severity.WARNING))
    return tuple(sources), tuple(doubts)
