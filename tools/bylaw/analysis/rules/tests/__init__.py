"""Rules about policies that no test covers."""
