"""Rules that hold policies against the schema and the inventory."""
