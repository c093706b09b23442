"""Suites as YAML text, for importers and suggestions: text is quoted whenever a reader could take it for something else."""

import re
from collections.abc import Mapping

import yaml

from bylaw.evaluation.interface import Json

SCHEMA_LINE = "# yaml-language-server: $schema=../../../schemas/documents/suite.schema.json\n"

# Nothing that YAML 1.1 or 1.2 reads as a number, a truth, a date or null begins like this.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_FLOW_WIDTH = 80


class _Dumper(yaml.SafeDumper):
    """No aliases (our reader refuses them), lists indented, short leaves in one line."""

    def ignore_aliases(self, data: object) -> bool:
        """Always: a value that occurs twice is written twice."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - the base class's
        """Indent lists below their key."""
        del indentless
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
    # What is quoted itself reads better without escapes; single quotes take any printable text.
    quote = "'" if '"' in value and "'" not in value and value.isprintable() and value.isascii() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else quote)


def _mapping(dumper: yaml.SafeDumper, value: dict[str, object]) -> yaml.MappingNode:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", value.items())
    node.flow_style = len(str(value)) <= _FLOW_WIDTH and all(
        not isinstance(item, dict | list) for item in value.values()
    )
    return node


def _list(dumper: yaml.SafeDumper, value: list[object]) -> yaml.SequenceNode:
    node = dumper.represent_sequence("tag:yaml.org,2002:seq", value)
    node.flow_style = len(str(value)) <= _FLOW_WIDTH and all(not isinstance(item, dict | list) for item in value)
    return node


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)


def write_yaml(document: Mapping[str, Json], *, width: int = 110, escaped: bool = False) -> str:
    """`document` with its keys in the given order; `escaped` leaves nothing beyond ASCII."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=not escaped, width=width)
    return text
