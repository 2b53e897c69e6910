"""The client's input and output around the protocol: outbox, HTTP, tokens, times. What is said is decided elsewhere."""
