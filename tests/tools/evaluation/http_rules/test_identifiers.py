"""Which segments look like identifiers, at both sides of every bound."""

import pytest

from bylaw.evaluation.http_rules.identifiers import is_identifier, templated

UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    "segment",
    [
        UUID, UUID.upper(), "----" + "a" * 32, "a" * 32 + "----",
        "7", "2024", "0",
        "deadbeef", "DEADBEEF", "12345678a",
        "ch_1a2b3c", "send_email", "delete_email", "create_charge", "_next", "______", "abcdef_1234", "ab_éé", "a__bcd",
        "a@b.c", "a@b@c", "é@aa", "a@éé",
        "gpt-4o-2024-08-06", "abcdefghijklmno1", "1-----éééé-----a",
    ],
)  # fmt: skip
def test_identifiers(segment: str) -> None:
    assert is_identifier(segment)
    assert templated(segment) == "{id}"


@pytest.mark.parametrize(
    "segment",
    [
        "v1", "v58.0", "search_web", "run_sql", "refunds_all", "Contact", "", "{id}", "-",
        "----" + "a" * 31, "---" + "a" * 33, "-----" + "a" * 31, "----" + "g" * 32,
        "٣", "²", "1a", "7\n",
        "deadbee", "deadbeeg", "-deadbeef",
        "abcdefg_12345", "abcdéé_1234", "ab_cde", "_nex", "_", "abc_",
        "@bcde", "abcd@", "a@bc", "@a@bc",
        "abcdefghijklmn1", "abcdefghijklmnop", "1234567890-12345", "éééééééééééééé1",
    ],
)  # fmt: skip
def test_names(segment: str) -> None:
    assert not is_identifier(segment)
    assert templated(segment) == segment
