"""Environments in messages: few by name, many as a number, the same in any order."""

from bylaw.analysis.environments import by_action, environment_text, in_environments, subject_of
from bylaw.languages.cedar.schema import Environment
from bylaw.model.identifiers import EntityUid

PAY, READ = EntityUid("Action", "pay"), EntityUid("Action", "read")
ALL = [Environment(name, action, "Tool") for name in ("A", "B", "C") for action in (PAY, READ)]


def test_one_is_named() -> None:
    assert in_environments(ALL[:1]) == 'in `A, Action::"pay", Tool`'


def test_three_are_named_and_more_are_counted() -> None:
    named = '`A, Action::"pay", Tool`, `A, Action::"read", Tool`'

    assert in_environments(ALL[:3]) == f'in 3 environments: {named} and `B, Action::"pay", Tool`'
    assert in_environments(ALL[:4]) == f'in 4 environments: {named}, `B, Action::"pay", Tool` and 1 more'


def test_order_and_repetition_do_not_count() -> None:
    assert in_environments([*ALL, *reversed(ALL)]) == in_environments(ALL)
    assert subject_of([*ALL, *reversed(ALL)]) == subject_of(ALL)
    assert subject_of(ALL) != subject_of(ALL[1:])


def test_names_of_gateways_are_shown_in_full() -> None:
    action = EntityUid("AgentCore::Action", "Refunds___process_refund_of_customer")
    environment = Environment("AgentCore::OAuthUser", action, "AgentCore::Gateway")

    assert in_environments([environment]) == f"in `{environment_text(environment)}`"


def test_by_action_each_is_in_one_group() -> None:
    assert by_action(reversed(ALL)) == {PAY: [ALL[0], ALL[2], ALL[4]], READ: [ALL[1], ALL[3], ALL[5]]}
