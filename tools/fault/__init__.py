"""Full-size fault runs: each prints seed, sizes, duration and verdict, and ends with a non-zero code on failure."""
