"""Managed policy stores: one package a kind, one interface, and the state that a reconciler keeps beside them."""
