"""The commands of ``funkygibbon``, one file per group; words, errors and exit codes are those of ``goodies-mcp``."""
