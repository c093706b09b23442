"""Values to text: one renderer a format. Decides nothing, reads nothing, prints nothing."""
