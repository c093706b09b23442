"""What every evaluator does, whatever its language.

An implementation goes through it by subclassing, and says how its language spells the one policy set that the contract is about:

    class TestMine(EvaluatorContract):
        @pytest.fixture
        def evaluator(self) -> Evaluator: ...       # a permit `open` for reads of anybody, a forbid `closed` for reads while
                                                    # `locked`, a permit `broken` for writes that errors; sorted ids
        @pytest.fixture
        def read(self) -> Request: ...              # an allowed read, `locked` false
        @pytest.fixture
        def locked_read(self) -> Request: ...
        @pytest.fixture
        def write(self) -> Request: ...             # only `broken` could allow it
        @pytest.fixture
        def malformed(self) -> Request: ...
        @pytest.fixture
        def entity(self) -> EntityData: ...         # some valid entity that decides nothing
        @pytest.fixture
        def malformed_entity(self) -> EntityData: ...   # holds the text `hunter2`
"""

import pytest

from bylaw.evaluation.interface import EntityData, Evaluator, MalformedRequestError, Request
from bylaw.model.decisions import Answer, Decision
from bylaw.model.identifiers import PolicyId


class EvaluatorContract:
    """The tests."""

    def test_a_read_is_allowed_by_its_permit(self, evaluator: Evaluator, read: Request) -> None:
        assert evaluator.decide([read], ()) == (Answer(Decision.ALLOW, (PolicyId("open"),)),)

    def test_a_satisfied_forbid_wins_and_alone_determines(self, evaluator: Evaluator, locked_read: Request) -> None:
        assert evaluator.decide([locked_read], ()) == (Answer(Decision.DENY, (PolicyId("closed"),)),)

    def test_what_nothing_permits_is_denied_by_nothing(self, evaluator: Evaluator, write: Request) -> None:
        (answer,) = evaluator.decide([write], ())

        assert (answer.decision, answer.determining) == (Decision.DENY, ())

    def test_a_policy_that_errors_drops_out_and_is_named(self, evaluator: Evaluator, write: Request) -> None:
        (answer,) = evaluator.decide([write], ())

        assert [error.policy for error in answer.errors] == ["broken"]
        assert all(error.message for error in answer.errors)

    def test_answers_come_in_the_order_of_the_requests(
        self, evaluator: Evaluator, read: Request, locked_read: Request, write: Request
    ) -> None:
        requests = [write, read, locked_read, read, write]

        together = evaluator.decide(requests, ())

        assert together == tuple(evaluator.decide([request], ())[0] for request in requests)

    def test_no_requests_have_no_answers(self, evaluator: Evaluator) -> None:
        assert evaluator.decide([], ()) == ()

    def test_the_same_question_has_the_same_answer(self, evaluator: Evaluator, read: Request, write: Request) -> None:
        assert len({evaluator.decide([read, write], ()) for _ in range(20)}) == 1

    def test_an_entity_that_decides_nothing_changes_nothing(
        self, evaluator: Evaluator, read: Request, entity: EntityData
    ) -> None:
        assert evaluator.decide([read], [entity]) == evaluator.decide([read], ())

    def test_a_malformed_request_is_no_denial(self, evaluator: Evaluator, read: Request, malformed: Request) -> None:
        with pytest.raises(MalformedRequestError):
            evaluator.decide([read, malformed], ())

    def test_a_malformed_entity_is_no_denial_and_is_not_echoed(
        self, evaluator: Evaluator, read: Request, malformed_entity: EntityData
    ) -> None:
        with pytest.raises(MalformedRequestError) as raised:
            evaluator.decide([read], [malformed_entity])

        assert "hunter2" not in raised.value.message

    def test_a_malformed_request_does_not_spoil_the_next_one(
        self, evaluator: Evaluator, read: Request, malformed: Request
    ) -> None:
        with pytest.raises(MalformedRequestError):
            evaluator.decide([malformed], ())

        assert evaluator.decide([read], ())[0].decision is Decision.ALLOW
