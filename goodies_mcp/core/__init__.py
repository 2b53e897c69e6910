"""What a home is: values and rules in pure Python. No clock, socket, file, database or event loop enters here."""
