"""What strings can be, given tests of them: every combination of answers that some string gives, with an example of each."""
