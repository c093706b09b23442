"""Governance policies as Cedar statements, for targets that speak Cedar and nothing else."""
