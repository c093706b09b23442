"""What changed between two commits, in the words of policies."""
