"""Asks the engine, so that tests of analysis rest on what Cedar does and not on what we think it does."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import cedarpy

NOW = {"__extn": {"fn": "datetime", "arg": "2026-03-01"}}
REQUEST = {
    "principal": {"type": "Agent", "id": "a"},
    "action": {"type": "Action", "id": "read"},
    "resource": {"type": "Tool", "id": "t"},
}


def contexts() -> list[dict[str, Any]]:
    """Contexts of the world of the cases: with and without each optional field, numbers around the bounds that tests use."""
    optional: Sequence[Mapping[str, Any]] = ({}, {"ticket": "T-1"}, {"ticket": "a"})
    contacts: Sequence[Mapping[str, Any]] = ({}, {"contact": {}}, {"contact": {"phone": "1"}})
    return [
        {"amount": amount, "region": region, "urgent": urgent, **ticket, **contact}
        for amount, region, urgent, ticket, contact in product(
            (-1, 0, 3), ("de", "x"), (True, False), optional, contacts
        )
    ]


def entities(tags: Mapping[str, str]) -> str:
    """One agent and one tool."""
    agent = {"tier": 2, "region": "de", "manager": {"__entity": {"type": "Human", "id": "h"}}}
    tool = {"risk": 3, "host": "h", "owner": {"__entity": {"type": "Human", "id": "h"}}}
    return json.dumps(
        [
            {"uid": REQUEST["principal"], "attrs": agent, "parents": [], "tags": tags},
            {"uid": REQUEST["resource"], "attrs": tool, "parents": []},
        ]
    )


def outcomes(
    policy: str, requests: Iterable[Mapping[str, Any]], tags: Mapping[str, str] | None = None
) -> list[tuple[bool, bool]]:
    """For each context: whether the policy applies, and whether it errs."""
    asked = [{**REQUEST, "context": context} for context in requests]
    answers = cedarpy.is_authorized_batch(asked, policy, entities(tags or {}))
    return [(bool(answer.diagnostics.reasons), bool(answer.diagnostics.errors)) for answer in answers]
