"""Edits of YAML files that people wrote: one value changes, comments, order and style stay."""

import io
from collections.abc import Mapping

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bylaw.model.errors import UsageError


def set_value(text: str, route: tuple[str, ...], value: Mapping[str, str] | None) -> str:
    """`text` with the value at `route` set, or removed where `value` is none.

    Raises:
        UsageError: the text is no YAML, or has nothing at the route but its last step.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        document = yaml.load(text)
    except YAMLError as error:
        raise UsageError("the file is no valid YAML", help="run `bylaw check` for the place") from error
    node = document
    for step in route[:-1]:
        node = node.get(step) if isinstance(node, dict) else None
    if not isinstance(node, dict):
        raise UsageError(f"the file has nothing at `{'.'.join(route[:-1])}`")
    if value is None:
        node.pop(route[-1], None)
    else:
        node[route[-1]] = dict(value)
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()
