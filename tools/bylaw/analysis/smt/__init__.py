"""Symbolic analysis of Cedar policies: proofs and counterexamples."""
