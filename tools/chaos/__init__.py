"""Real devices and a real hub, in processes of their own, over a way on which everything goes wrong."""
