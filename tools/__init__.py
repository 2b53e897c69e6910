"""Repository tools: they are run from the checkout and never installed."""
