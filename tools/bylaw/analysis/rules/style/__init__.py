"""Rules about the plainest way to say something."""
