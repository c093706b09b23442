"""The encoders of the JSON report, one line for each type of result."""

from typing import Final

from bylaw.reporting.json_v1 import Encoder, ProblemList, Registry, problem_list_json

REGISTRY: Final[Registry] = (Encoder("problems", ProblemList, problem_list_json),)
