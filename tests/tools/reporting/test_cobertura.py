"""Cobertura: the structure of its document type, and numbers that add up."""

import re
import xml.etree.ElementTree as ET

from bylaw.reporting.cobertura import DOCTYPE, render
from tools.reporting.coverage_samples import REPORT

RATES = {"line-rate", "branch-rate", "complexity"}
# Element: required attributes, optional attributes, children as a pattern over names. From coverage-04.dtd.
STRUCTURE: dict[str, tuple[set[str], set[str], str]] = {
    "coverage": (
        RATES | {"lines-covered", "lines-valid", "branches-covered", "branches-valid", "version", "timestamp"},
        set(),
        "(sources )?packages ",
    ),
    "sources": (set(), set(), "(source )*"),
    "source": (set(), set(), ""),
    "packages": (set(), set(), "(package )*"),
    "package": (RATES | {"name"}, set(), "classes "),
    "classes": (set(), set(), "(class )*"),
    "class": (RATES | {"name", "filename"}, set(), "methods lines "),
    "methods": (set(), set(), "(method )*"),
    "lines": (set(), set(), "(line )*"),
    "line": ({"number", "hits"}, {"branch", "condition-coverage"}, "(conditions )*"),
    "conditions": (set(), set(), "(condition )*"),
    "condition": ({"number", "type", "coverage"}, set(), ""),
}


def document() -> ET.Element:
    return ET.fromstring(render([REPORT], version="1.2.3", timestamp=1_772_000_000_000))  # noqa: S314 - our own output


def test_every_element_is_as_the_document_type_wants_it() -> None:
    for element in document().iter():
        required, optional, children = STRUCTURE[element.tag]
        assert required <= set(element.keys()) <= required | optional, element.tag
        assert re.fullmatch(children, "".join(f"{child.tag} " for child in element)), element.tag


def test_the_document_names_its_type() -> None:
    text = render([], version="1", timestamp=0)

    assert text.startswith(f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n')
    assert text.endswith("</coverage>\n")


def test_the_numbers_add_up() -> None:
    root = document()
    lines = list(root.iter("line"))

    assert root.get("lines-valid") == str(len(lines))
    assert root.get("lines-covered") == str(sum(line.get("hits") != "0" for line in lines))
    assert (root.get("branches-covered"), root.get("branches-valid")) == ("3", "6")
    assert (root.get("line-rate"), root.get("branch-rate")) == ("0.6000", "0.5000")
    assert (root.get("version"), root.get("timestamp")) == ("1.2.3", "1772000000000")


def test_a_line_with_conditions_shows_how_many_ways_were_taken() -> None:
    line = next(line for line in document().iter("line") if line.get("number") == "4")

    assert line.get("condition-coverage") == "75% (3/4)"
    assert [condition.get("coverage") for condition in line.iter("condition")] == ["100%", "50%"]


def test_what_is_excluded_is_no_class() -> None:
    assert [element.get("name") for element in document().iter("class")] == ["limits/pay", "open"]


def test_without_lines_everything_is_covered() -> None:
    root = ET.fromstring(render([], version="1", timestamp=0))  # noqa: S314 - our own output

    assert (root.get("line-rate"), root.get("branch-rate")) == ("1.0000", "1.0000")
