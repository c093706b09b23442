"""What is so of `governance` policies, whatever happens."""
