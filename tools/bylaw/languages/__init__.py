"""Policy languages: typed documents, parse, canonical form, digest, format, validate. They know no targets."""
