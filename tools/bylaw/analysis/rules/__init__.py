"""The lint rules, one a file, by area. `bylaw.analysis.registry` lists them."""
