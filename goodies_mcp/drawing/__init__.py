"""Pictures and pages of a home for people to look at: pure functions from what the graph answers to SVG and HTML."""
