"""What devices can do and how their values read: one pure model, and translations of it. No I/O enters here."""
