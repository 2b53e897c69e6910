"""The MCP edge: tools as thin adapters over HomeGraph, and the transports that carry them."""
