"""The house style of YAML files that people write: indentation, line ends and spaces change; words, comments and order do not."""

import io
import re

from bylaw.repository.yaml_reader import read_yaml

WIDTH = 120
_COMMENT = re.compile(r"(?:^|\s)#(.*)$", re.MULTILINE)
_BLANK = re.compile(r"\n{3,}")


def formatted_yaml(text: str) -> str | None:
    """`text` in the house style; none where it is no YAML, or could not be written without losing something."""
    before, _ = read_yaml(text, "document")
    if before is None:
        return None
    written = _written(text)
    if written is None:
        return None
    after, _ = read_yaml(written, "document")
    kept = after is not None and after.plain == before.plain and _comments(written) == _comments(text)
    return written if kept else None


def _written(text: str) -> str | None:
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to load, and most repositories have no policies in YAML
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    try:
        yaml.dump(yaml.load(text), out)
    except (YAMLError, ValueError, TypeError, AttributeError):
        return None  # the round-trip reader takes less than ours; what it does not take stays as it is
    lines = (line.rstrip() for line in out.getvalue().split("\n"))
    return _BLANK.sub("\n\n", "\n".join(lines)).strip("\n") + "\n"


def _comments(text: str) -> list[str]:
    """What follows each `#` that could be a comment, in order; those inside of texts count on both sides."""
    return [comment.strip() for comment in _COMMENT.findall(text)]
