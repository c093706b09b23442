"""From what a commit says to what a target holds: plan, safety, ordered writes, journal, read-back, drift, loop."""
