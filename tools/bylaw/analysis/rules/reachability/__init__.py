"""Rules about conditions and policies that never count."""
