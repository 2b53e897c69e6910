"""What hosts and registries are given: the bundle that a desktop host installs, and ``server.json``."""
