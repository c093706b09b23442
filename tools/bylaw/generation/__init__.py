"""Policies and schemas made from what others declare: tools, API descriptions, gateways."""
