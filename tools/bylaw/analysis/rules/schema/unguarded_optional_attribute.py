"""`unguarded-optional-attribute`."""
