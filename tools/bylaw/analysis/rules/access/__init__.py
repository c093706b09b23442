"""Rules about who gets in: grants that are wider than they look."""
