"""Findings: lint rules, one file a rule, and what filters, baselines and fixes what they find."""
