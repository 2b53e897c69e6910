"""A home as a graph that assistants can ask over MCP: kept on this machine, with every version of every
thing. This root holds only the version, so that importing any room of the house loads nothing else.
"""

__version__ = "0.1.0"
