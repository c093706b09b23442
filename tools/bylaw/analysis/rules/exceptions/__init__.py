"""Rules over exceptions from policies."""
