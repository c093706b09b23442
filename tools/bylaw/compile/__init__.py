"""Documents to bundles: what one app is on one target."""
