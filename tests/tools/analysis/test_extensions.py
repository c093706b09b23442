"""Extension values against the engine: what it reads, what it refuses, and that what we print is read back."""

import json
from collections.abc import Sequence

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.analysis.extensions import LEAST, MOST, Address, address_of, address_text, extension_text, extension_value

UID = {"type": "T", "id": "t"}
NUMBERS = st.integers(LEAST, MOST) | st.integers(-200_000_000, 200_000_000)
MOMENTS = st.integers(-62_167_219_200_000, 253_402_300_799_999) | st.sampled_from([-1, 0, 1, 951_782_400_000])
TEXTS = {
    "decimal": ["0.0", "-0.0", "1.5", "-1.2345", "1.23456", "1.", ".5", "1", "+1.0", "01.5", "922337203685477.5807",
                "922337203685477.5808", "-922337203685477.5808", "-922337203685477.5809", "1e5", " 1.0", "1.0 ", "", "٣.٣"],
    "duration": ["0ms", "1d", "-1d", "1h30m", "1m1s1ms", "1s1m", "1d1d", "", "-", "5", "1ms1s", "90m", "1 d", "+1h", "٣d",
                 "106751991167d", "106751991168d", "9223372036854775807ms", "9223372036854775808ms", "-9223372036854775808ms",
                 "-9223372036854775809ms", "-0d", "1D", "1h-1m", "1.5h", "0d0h0m0s0ms"],
    "datetime": ["1970-01-01", "0000-01-01", "0000-02-29", "0001-01-01", "1900-02-29", "2000-02-29", "2024-02-29", "2023-02-29",
                 "9999-12-31T23:59:59.999Z", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T24:00:00Z",
                 "2024-01-01T23:59:60Z", "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.123Z", "2024-01-01T00:00:00+0100",
                 "2024-01-01T00:00:00-2359", "2024-01-01T00:00:00+2400", "2024-01-01T00:00:00+0060", "2024-01-01T00:00:00+01:00",
                 "2024-1-1", "10000-01-01", "-0001-01-01", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "2024-04-31",
                 "0000-01-01T00:00:00+2359", "9999-12-31T23:59:59-2359", "2024-01-01t00:00:00z", "", "٢٠٢٤-01-01"],
    "ip": ["10.0.0.1", "10.0.0.1/32", "10.0.0.0/8", "0.0.0.0/0", "010.0.0.1", "10.0.0", "10.0.0.256", "10.0.0.1/33", "10.0.0.1/08",
           "10.0.0.1/", "10.0.0.1/-1", "10.0.0.1/+8", "::1", "::", "::1/128", "::1/129", "2001:db8::/32", "::ffff:1.2.3.4",
        "1::2::3",
           "fe80::1%eth0", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "12345::", "ABCD::ef", "", " 10.0.0.1",
        "::1/0128", "ff02::1", "1.2.3.4/000"],
}  # fmt: skip


def holds(conditions: Sequence[str]) -> list[bool]:
    """Which conditions the engine finds true; one that errors is none."""
    request = [{"principal": UID, "action": {"type": "Action", "id": "a"}, "resource": UID, "context": {}}]
    text = "\n".join(f"permit (principal, action, resource) when {{ {condition} }};" for condition in conditions)
    (answer,) = cedarpy.is_authorized_batch(
        request, cedarpy.PolicySet.from_str(text), cedarpy.Entities.from_json_str("[]")
    )
    satisfied = set(answer.diagnostics.reasons)
    return [f"policy{number}" in satisfied for number in range(len(conditions))]


def is_read(function: str, text: str) -> str:
    literal = f"{function}({json.dumps(text, ensure_ascii=False)})"
    return f"{literal} == {literal}"


def equals(function: str, text: str, value: int) -> str:
    """That the text is the value, by arithmetic that starts from other literals."""
    match function:
        case "decimal":
            return f'decimal("{text}") == decimal("{exactly(value)}")'
        case "duration":
            return f'duration("{text}").toMilliseconds() == {value}'
        case _:
            return f'datetime("{text}").durationSince(datetime("1970-01-01")).toMilliseconds() == {value}'


def exactly(ten_thousandths: int) -> str:
    whole, fraction = divmod(abs(ten_thousandths), 10_000)
    return f"{'-' if ten_thousandths < 0 else ''}{whole}.{fraction:04}"


@pytest.mark.parametrize("function", TEXTS)
def test_texts_are_read_as_the_engine_reads_them(function: str) -> None:
    expected = holds([is_read(function, text) for text in TEXTS[function]])

    read = address_of if function == "ip" else lambda text: extension_value(function, text)
    assert [read(text) is not None for text in TEXTS[function]] == expected


@pytest.mark.parametrize("function", ["decimal", "duration", "datetime"])
def test_values_are_those_of_the_engine(function: str) -> None:
    known = [(text, value) for text in TEXTS[function] if (value := extension_value(function, text)) is not None]

    assert all(holds([equals(function, text, value) for text, value in known]))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["decimal", "duration", "datetime"]), st.data())
def test_near_misses_are_refused_alike(function: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS[function]))
    place = data.draw(st.integers(0, len(text)))
    dropped = data.draw(st.integers(0, 2))
    changed = (
        text[:place]
        + data.draw(st.sampled_from(["", "0", "1", "9", "-", ".", "m", "Z", ":"]))
        + text[place + dropped :]
    )

    assert [extension_value(function, changed) is not None] == holds([is_read(function, changed)])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_addresses_near_a_miss_are_refused_alike(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS["ip"]))
    place = data.draw(st.integers(0, len(text)))
    dropped = data.draw(st.integers(0, 2))
    changed = (
        text[:place] + data.draw(st.sampled_from(["", "0", "1", ":", "::", ".", "/", "f"])) + text[place + dropped :]
    )

    assert [address_of(changed) is not None] == holds([is_read("ip", changed)])


@given(st.sampled_from(["decimal", "duration"]), NUMBERS)
def test_what_is_printed_is_read_back(function: str, value: int) -> None:
    text = extension_text(function, value)

    assert text is not None
    assert extension_value(function, text) == value


@given(MOMENTS)
def test_moments_are_read_back(value: int) -> None:
    text = extension_text("datetime", value)

    assert text is not None
    assert extension_value("datetime", text) == value


def test_what_is_printed_is_read_by_the_engine() -> None:
    numbers = [LEAST, MOST, 0, 1, -1, 10_000, 123_456, -90 * 60_000, LEAST + 1]
    moments = [-62_167_219_200_000, 253_402_300_799_999, -1, 0, 951_782_400_000, 1_733_702_400_123]
    conditions = [
        equals(function, extension_text(function, value) or "", value)
        for function, values in (("decimal", numbers), ("duration", numbers), ("datetime", moments))
        for value in values
    ]

    assert all(holds(conditions))


@pytest.mark.parametrize("value", [LEAST, MOST, -62_167_219_200_001, 253_402_300_800_000])
def test_moments_that_no_literal_writes_have_no_text(value: int) -> None:
    assert extension_text("datetime", value) is None


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
    st.integers(0, 2**128 - 1) | st.integers(0, 2**48),
    st.integers(0, 128),
)
def test_addresses_are_read_back(v4: int, short: int, v6: int, long: int) -> None:
    for address in (Address(4, v4, short), Address(6, v6, long), Address(6, 0xFFFF00000000 + v4, 128)):
        assert address_of(address_text(address)) == address
        assert holds([is_read("ip", address_text(address))]) == [True]
