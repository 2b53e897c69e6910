"""Reading what others made: files that a person put somewhere, addresses on the internet, documents whose insides
nobody has checked. Every guard against them stands here; no rule about homes does, and nothing is kept here."""
