"""The command line: one file for each command. Only here, and in the reports, is anything printed."""
