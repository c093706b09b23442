"""Rules over policies of `governance`."""
