"""The embedded store: versions in, views out. Neither homes' rules nor the sync protocol enter here."""
