"""Cedar behind the seam that every language has."""

from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.entities import validate_entities
from bylaw.languages.cedar.formatter import format_statement, is_formatted
from bylaw.languages.cedar.loading import load_program
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.validate import validate_program
from bylaw.languages.interface import Deployed, Formatted, Program
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect
from bylaw.model.identifiers import PolicyRef
from bylaw.repository.layout import SUFFIXES, App


class CedarLanguage:
    """The Cedar policy language."""

    name = "cedar"
    suffix = SUFFIXES["cedar"]

    def load(self, app: App) -> tuple[CedarProgram, tuple[Diagnostic, ...]]:
        """Read policies, links, schema and entities."""
        return load_program(app)

    def read(self, ref: PolicyRef, path: str, text: str) -> CedarPolicy | None:
        """Read one statement."""
        statement = parse_statement(text, path).statement
        return None if statement is None else CedarPolicy(ref, path, text, statement)

    def validate(self, program: Program) -> tuple[Diagnostic, ...]:
        """Strict validation of policies, links and entities.

        Raises:
            TypeError: it is a program of another language.
        """
        if not isinstance(program, CedarProgram):
            raise TypeError(program)
        entities: tuple[Diagnostic, ...] = ()
        if program.schema is not None and program.entities_path is not None:
            entities = validate_entities(program.entities_json, program.entities_path, program.schema)
        return (*validate_program(program), *entities)

    def format(self, text: str, path: str) -> Formatted:
        """Write one statement in the house style."""
        parsed = parse_statement(text, path)
        if parsed.statement is None:
            return Formatted(None, parsed.diagnostics)
        return Formatted(format_statement(text), ())

    def is_formatted(self, text: str) -> bool:
        """Whether one statement is in the house style."""
        return is_formatted(text)

    def deployed(self, text: str) -> Deployed | None:
        """Effect and canonical digest of one statement."""
        statement = parse_statement(text, "deployed").statement
        return None if statement is None else Deployed(Effect(statement.effect), digest_text(canonical_text(statement)))
