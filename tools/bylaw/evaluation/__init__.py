"""Concrete decisions by the engine of a language, and probes into how they came about."""
