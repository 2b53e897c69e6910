"""What runs in the child process and nowhere else: the libraries that take foreign documents apart. A limit that one of
these breaks ends the child, never the server."""
