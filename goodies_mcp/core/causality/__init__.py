"""What happened before what, and what is shown when nothing did. Pure functions over versions."""
