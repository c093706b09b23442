"""The compiler of each language."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from bylaw.compile.bundle import Bundle
from bylaw.compile.capabilities import Capabilities
from bylaw.compile.cedar import compile_cedar
from bylaw.compile.documents import compile_documents
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import CommitId, TargetId
from bylaw.repository.layout import App

Compiler: TypeAlias = Callable[
    [App, Program, TargetId, Capabilities, Mapping[str, CommitId]], tuple[Bundle, tuple[Diagnostic, ...]]
]

COMPILERS: Mapping[str, Compiler] = MappingProxyType(
    {"cedar": compile_cedar, "http-rules": compile_documents, "governance": compile_documents}
)
