"""Inbetweenies on the hub's side: the pure session of ``goodies_mcp.inbetweenies`` over a household's store."""
