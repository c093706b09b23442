"""What is found is so, and what is said not to exist never turns up: both against the evaluator, over random documents."""

from random import Random

import pytest

from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.analysis.http_rules.space import Space, Term
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Allow, Default, Deny, HttpRules, Least, Matcher, Mode, Most, Rule
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import SPAN, body, matcher
from tools.evaluation.http_rules.generating import document, request


def matches(term: Term, request: HttpRequest) -> bool:
    """Asked of the evaluator: of a document with that rule alone."""
    kind, default = (Deny, Default.ALLOW) if term.denies else (Allow, Default.DENY)
    rules = HttpRules(None, default, Mode.ENFORCE, mode_is_given=True, rules=(Rule("r", kind(term.matcher), SPAN),))
    return HttpEvaluator(rules, term.dialect).decide(request).matched_rule == "r"


def terms_of(random: Random, dialect: Dialect) -> list[Term]:
    return [
        Term(rule.action.matcher, isinstance(rule.action, Deny), dialect)
        for rule in document(random, limits=0).rules
        if isinstance(rule.action, Allow | Deny)
    ]


def is_readable(request: HttpRequest, dialect: Dialect) -> bool:
    everything = Term(Matcher(frozenset(), None, (), (), None), denies=False, dialect=dialect)
    return matches(everything, request)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("dialect", Dialect)
def test_a_space_says_what_the_evaluator_says(dialect: Dialect, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for secrets
    for _ in range(10):
        terms = terms_of(random, dialect)
        try:
            space = Space(terms)
        except TooComplexError:
            continue
        requests = [r for r in (request(random) for _ in range(60)) if is_readable(r, dialect)]
        truths = [tuple(matches(term, r) for term in terms) for r in requests]
        for _ in range(6):
            wanted = random.sample(range(len(terms)), min(len(terms), random.randint(0, 2)))
            refused = [n for n in range(len(terms)) if n not in wanted and random.random() < 0.7]
            boxes = [space.everything]
            for number in wanted:
                boxes = list(space.both(boxes, space.boxes(number)))
            found = space.find(boxes, without=refused)
            if isinstance(found, HttpRequest):
                assert all(matches(terms[n], found) for n in wanted), (terms, wanted, refused, found)
                assert not any(matches(terms[n], found) for n in refused), (terms, wanted, refused, found)
            elif found is Nothing.EMPTY:
                for r, truth in zip(requests, truths, strict=True):
                    so = all(truth[n] for n in wanted) and not any(truth[n] for n in refused)
                    assert not so, (terms, wanted, refused, r)


def test_numbers_between_whole_numbers_are_found_and_those_that_are_not_there_are_not() -> None:
    above, below = matcher(body=[body("$.a", Least(5))]), matcher(body=[body("$.a", Most(4))])
    space = Space(
        [
            Term(above, denies=False),
            Term(below, denies=False),
            Term(matcher(body=[body("$.a", Least(5), Most(4))]), denies=False),
        ]
    )
    numeric = Term(matcher(body=[body("$.a", Most(9))]), denies=False)
    wide = Space([Term(above, denies=False), Term(below, denies=False), numeric])
    assert space.find(space.boxes(2)) is Nothing.EMPTY
    found = wide.find(wide.boxes(2), without=[0, 1])
    assert isinstance(found, HttpRequest)
    assert found.body == '{"a": 4.5}'
