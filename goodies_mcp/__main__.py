"""``python -m goodies_mcp`` is the command ``goodies-mcp``."""

from goodies_mcp.cli.main import main

if __name__ == "__main__":
    main()
