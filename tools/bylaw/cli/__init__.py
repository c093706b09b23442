"""The command line: one module per verb, and the only reader of environment, clock and terminal."""
