"""Decisions of the `http-rules` language: may this request of an agent leave?"""
