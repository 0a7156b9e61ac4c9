"""Texts that the tests of the linter and of the command line share."""

HEAD = """\
schema: 1
name: example
version: "1.0"
summary: An example
license: MIT
access: public
base: {debian: bookworm}
tests: [{run: tool --version}]
"""
# Without a test, for files that end with what they are about.
BARE = """\
schema: 1
name: tool
version: "1"
summary: A tool
license: MIT
access: public
base: {debian: bookworm}
"""
FAULT = "env: {LD_LIBRARY_PATH: /opt/x}\n"
