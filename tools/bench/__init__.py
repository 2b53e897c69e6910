"""How fast it is: every figure beside a floor that was measured in the same run, never a single best number."""
