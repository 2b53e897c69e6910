"""The command: arguments in, text or JSON and an exit code out. One file per command group; rules of homes, SQL and
the wire never enter here.
"""
