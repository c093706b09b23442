"""Concrete decisions of governance policies over the events of a run, with the counters, evidence and approvals they depend on."""
