"""The compiler of each language, for each language that targets take."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from bylaw.compile.bundle import Bundle
from bylaw.compile.capabilities import Capabilities
from bylaw.compile.cedar import compile_cedar
from bylaw.compile.documents import compile_documents
from bylaw.compile.governance_cedar.bundling import compile_governance
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import CommitId, TargetId
from bylaw.repository.layout import App

Compiler: TypeAlias = Callable[
    [App, Program, TargetId, Capabilities, Mapping[str, CommitId]], tuple[Bundle, tuple[Diagnostic, ...]]
]

COMPILERS: Mapping[tuple[str, str], Compiler] = MappingProxyType(
    {
        ("cedar", "cedar"): compile_cedar,
        ("http-rules", "http-rules"): compile_documents,
        ("governance", "governance"): compile_documents,
        ("governance", "cedar"): compile_governance,
    }
)
"""By the language of an app and the one that it is deployed in."""


def deployed_in(language: str, capabilities: Capabilities) -> str | None:
    """In which language a target takes an app of `language`: its own where it can; none where it takes it in none."""
    if language in capabilities.languages:
        return language
    return next((spoken for spoken in sorted(capabilities.languages) if (language, spoken) in COMPILERS), None)
