"""Rules about policies that do not do what they say."""
