"""FunkyGibbon, the hub: households, their people and devices, and what their homes have in common, over HTTP.

Inside it calls go downwards only: api, sync and auth, storage, core. FastAPI stays in ``api``. It may not import the
MCP edge, the client's sync or a platform.
"""
