"""Who may come in: passwords, tokens, sessions, and what happens to who guesses. No HTTP."""
