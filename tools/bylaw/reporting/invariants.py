"""Proofs of invariants as values."""

from dataclasses import dataclass

from bylaw.analysis.smt.claims import Proof
from bylaw.reporting.asking import finding_json
from bylaw.reporting.json_v1 import Json


@dataclass(frozen=True, slots=True)
class ProofResults:
    """The invariants that were looked at."""

    proofs: tuple[Proof, ...]


def proofs_json(results: ProofResults) -> Json:
    """Every invariant with what became of it in each environment; `allowed` tells of the requests that would break it."""
    return [
        {
            "app": proof.invariant.app,
            "id": proof.invariant.id,
            "description": proof.invariant.description,
            "holds": proof.holds,
            "environments": [finding_json(finding) for finding in proof.findings],
        }
        for proof in results.proofs
    ]
