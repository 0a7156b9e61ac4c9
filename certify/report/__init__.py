"""How findings are shown: each module makes a string, and the command line prints it."""
