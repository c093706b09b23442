"""Whether a file declares tools or is a schema already, by what stands in it; its name says nothing, it may be a pipe."""

import re

from bylaw.generation.json_reader import read_json
from bylaw.generation.nodes import members
from bylaw.generation.source import source_text
from bylaw.repository.yaml_reader import Mapping

_API = re.compile(r"^[\"']?(?:openapi|swagger)[\"']?[ \t]*:", re.MULTILINE)


def declares_tools(data: bytes, path: str) -> bool:
    """Whether these are the bytes of a list of tools or an API. JSON that cannot be read counts as one."""
    text = source_text(data)
    if text is None:
        return False
    start = text.lstrip(" \t\r\n")[:1]
    if start not in {"{", "["}:
        return _API.search(text) is not None
    file, _ = read_json(text, path)
    return file is None or not _is_schema(file.root)


def _is_schema(root: object) -> bool:
    """Whether a document is a Cedar schema in JSON form: nothing but namespaces."""
    if not isinstance(root, Mapping):
        return False
    return all({"entityTypes", "actions"} <= members(namespace).keys() for _, namespace in root.items)
