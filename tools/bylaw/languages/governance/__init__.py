"""The `governance` language: which actions an agent may take, at what cost, after what, with whose approval."""
