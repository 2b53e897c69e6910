"""Servers of others on the same work, beside ours, in the same run."""
