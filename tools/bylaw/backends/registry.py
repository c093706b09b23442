"""Every backend kind, by the word that `bylaw.yaml` uses."""
