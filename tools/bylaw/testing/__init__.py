"""Policy suites: read, expanded to cases, run, explained; coverage and mutation of policies by their cases."""
