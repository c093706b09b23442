"""Concrete decisions: what a policy set says of one request."""
