"""Inbetweenies, the sync protocol, as client and hub share it: messages, both sessions, no input or output at all.

The normative text is ``PROTOCOL.md`` beside this file; docstrings quote its clauses. What must never enter here: a
clock, a socket, a store, chance that nobody passed in, any logging setup.
"""
