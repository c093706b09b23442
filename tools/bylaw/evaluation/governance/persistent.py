"""A map that never changes: adding to it gives a new one that shares nearly everything with the old."""

from collections.abc import Iterator
from typing import Generic, TypeAlias, TypeVar

K = TypeVar("K")
V = TypeVar("V")
Node: TypeAlias = "dict[K, V] | tuple[Node[K, V], ...]"

WIDTH_BITS = 5
LEAF_ENTRIES = 16
MAX_DEPTH = 12
"""Sixty bits of a hash; keys that share them stay in one leaf."""


class PersistentMap(Generic[K, V]):
    """A hash trie whose leaves are small dictionaries; reading and adding take logarithmic time."""

    __slots__ = ("_root",)

    def __init__(self, root: "Node[K, V] | None" = None) -> None:
        self._root: Node[K, V] = {} if root is None else root

    def get(self, key: K) -> V | None:
        """What is kept under `key`."""
        node, bits = self._root, hash(key)
        while isinstance(node, tuple):
            node = node[bits & 31]
            bits >>= WIDTH_BITS
        return node.get(key)

    def put(self, key: K, value: V) -> "PersistentMap[K, V]":
        """The same with `value` under `key`."""
        node, bits = self._root, hash(key)
        path: list[tuple[tuple[Node[K, V], ...], int]] = []
        while isinstance(node, tuple):
            place = bits & 31
            path.append((node, place))
            node = node[place]
            bits >>= WIDTH_BITS
        leaf = node.copy()
        leaf[key] = value
        found: Node[K, V] = leaf
        if len(leaf) > LEAF_ENTRIES and len(path) < MAX_DEPTH:
            found = _split(leaf, WIDTH_BITS * len(path))
        for parent, place in reversed(path):
            found = (*parent[:place], found, *parent[place + 1 :])
        return PersistentMap(found)

    def items(self) -> Iterator[tuple[K, V]]:
        """Every entry, in no order that means anything."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, tuple):
                waiting.extend(node)
            else:
                yield from node.items()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PersistentMap) and (self is other or dict(self.items()) == dict(other.items()))

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"PersistentMap({dict(self.items())!r})"


def _split(leaf: dict[K, V], shift: int) -> "tuple[Node[K, V], ...]":
    children: list[dict[K, V]] = [{} for _ in range(1 << WIDTH_BITS)]
    for key, value in leaf.items():
        children[(hash(key) >> shift) & 31][key] = value
    return tuple(children)
