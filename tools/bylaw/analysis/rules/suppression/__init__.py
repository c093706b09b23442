"""Rules about suppressions and the baseline. Nothing suppresses these."""
