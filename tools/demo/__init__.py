"""The demo home: one house from a readable file, homes of any size from a seed, and a session played on it."""
