"""The arguments of a tool to one record, wherever they come from."""

from bylaw.generation.facts import Facts, Schema, SchemaProblemError
from bylaw.generation.flags import Flag
from bylaw.generation.names import Place
from bylaw.generation.tools import Arguments, Tool
from bylaw.generation.types import Run, Typer, kinds_of
from bylaw.languages.cedar.schema import AttributeType, RecordType
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic


def input_of(tool: Tool, run: Run) -> RecordType | None:
    """The record under `context.input`; none where there is an error in it, which the findings of `run` say."""
    found: dict[str, AttributeType] = {}
    try:
        for arguments in tool.arguments:
            for attribute in _attributes(arguments, Place(tool.action), run):
                if attribute.name in found:
                    run.findings.flag(Flag.COLLISION, Place(tool.action, (attribute.name,)), arguments.schema.span)
                found.setdefault(attribute.name, attribute)
    except SchemaProblemError as problem:
        run.findings.problems.add(problem.diagnostic)
        return None
    return RecordType(tuple(sorted(found.values(), key=lambda attribute: attribute.name)))


def _attributes(arguments: Arguments, place: Place, run: Run) -> tuple[AttributeType, ...]:
    typer = Typer(run, arguments.document)
    facts = typer.facts((Schema(arguments.schema),))
    if _is_object(facts):
        found = typer.record(facts, place).attributes
        return found if arguments.required else tuple(AttributeType(a.name, a.type, required=False) for a in found)
    if arguments.name is not None:
        type_ = typer.type_of(facts, place.inside(arguments.name))
        return () if type_ is None else (AttributeType(arguments.name, type_, arguments.required),)
    type_ = typer.type_of(facts, place)
    if type_ is not None and not isinstance(type_, RecordType):
        message = f"the arguments of {code(place.action)} are no object"
        raise SchemaProblemError(Diagnostic("input-not-object", message, facts.span, "declare `type: object`"))
    return () if type_ is None else type_.attributes


def _is_object(facts: Facts) -> bool:
    return kinds_of(facts) == ("object",) and not (facts.listed or facts.nullable or facts.never)
