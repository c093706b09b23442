"""Identifiers, spans, diagnostics, decisions and digests. No input or output of any kind."""
