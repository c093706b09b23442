"""Rules about what a target accepts."""
