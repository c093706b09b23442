"""The embedded store over HTTP: one package a face."""
