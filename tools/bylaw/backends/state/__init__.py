"""The reconciler's memory: journal, lease, and what was last applied."""
