"""Rules over documents of `http-rules`."""
