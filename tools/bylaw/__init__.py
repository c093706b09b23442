"""GitOps for the policies that bound AI agents."""

__version__ = "0.1.0"
