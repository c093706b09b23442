"""Rules about who answers for a policy, and for how long."""
