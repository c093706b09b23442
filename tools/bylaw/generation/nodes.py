"""Reading the typed tree of a source: members, values, and what a reference points at."""

from urllib.parse import unquote

from bylaw.repository.yaml_reader import Mapping, Node, Scalar, Sequence


def members(node: Node | None) -> dict[str, Node]:
    """The values of an object by key; none of anything else."""
    return {str(key.value): item for key, item in node.items} if isinstance(node, Mapping) else {}


def value(node: Node | None) -> bool | int | float | str | None:
    """The value of a scalar; none of anything else."""
    return node.value if isinstance(node, Scalar) else None


def text(node: Node | None) -> str | None:
    """The value of a string; none of anything else."""
    found = value(node)
    return found if isinstance(found, str) else None


def items(node: Node | None) -> tuple[Node, ...]:
    """The elements of a list; none of anything else."""
    return node.items if isinstance(node, Sequence) else ()


def is_true(node: Node | None) -> bool:
    """Whether a value is `true`."""
    return value(node) is True


class References:
    """What local references into one document point at.

    Members are indexed once: a document of nothing but references must not take time by the square of its size.
    """

    def __init__(self, document: Node) -> None:
        self.document = document
        self._indexes: dict[int, dict[str, Node]] = {}

    def target(self, reference: str) -> Node | None:
        """What a JSON Pointer in a URI fragment points at (RFC 6901, section 6); none where nothing stands there."""
        if reference == "#":
            return self.document
        if not reference.startswith("#/"):
            return None
        node: Node | None = self.document
        for step in reference[2:].split("/"):
            node = self._step(node, unquote(step).replace("~1", "/").replace("~0", "~"))
            if node is None:
                return None
        return node

    def _step(self, node: Node | None, key: str) -> Node | None:
        if isinstance(node, Sequence):
            index = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else len(node.items)
            return node.items[index] if index < len(node.items) else None
        if not isinstance(node, Mapping):
            return None
        index_ = self._indexes.get(id(node))  # INVARIANT: the document outlives this object, so ids stay its nodes'
        if index_ is None:
            index_ = self._indexes[id(node)] = members(node)
        return index_.get(key)
