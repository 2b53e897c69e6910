"""What the hub speaks of: who may do what, what a request says, and which status an error has. No I/O."""
