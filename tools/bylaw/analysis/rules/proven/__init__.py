"""Rules that say what a solver proved."""
