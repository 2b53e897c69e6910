"""One file per group of routes. A route parses, makes one call, and renders."""
