"""What would go into the page of numbers, for tests that look at each."""

from goodies_mcp.metrics import BY_NAME


class Collected:
    """Numbers as they come in; names and labels are those of the table."""

    def __init__(self):
        self.added = []
        self.observed = []

    def add(self, name, by, labels):
        assert BY_NAME[name].kind == "counter"
        assert labels.keys() <= set(BY_NAME[name].labels)
        self.added.append((name, by, {key: value for key, value in labels.items() if value}))

    def observe(self, name, value, labels):
        assert value >= 0
        assert BY_NAME[name].kind == "histogram"
        assert labels.keys() <= set(BY_NAME[name].labels)
        self.observed.append((name, {key: value for key, value in labels.items() if value}))

    def operations(self, method):
        """What was noted of a method, without what is the same in all."""
        dropped = {"mcp.method.name", "mcp.protocol.version"}
        return [
            {key: value for key, value in labels.items() if key not in dropped}
            for name, labels in self.observed
            if name == "mcp.server.operation.duration" and labels["mcp.method.name"] == method
        ]
