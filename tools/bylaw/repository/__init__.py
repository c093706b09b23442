"""Source trees, git history, the layout of a policy repository, and its typed documents. The only user of git."""
