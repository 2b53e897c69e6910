"""What one can ask of a home, and how one changes it. No SQL, no pydantic, no MCP enters here."""
