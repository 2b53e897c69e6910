"""The hub over HTTP. The only room that knows FastAPI; no rule about homes, sync or accounts stands here."""
