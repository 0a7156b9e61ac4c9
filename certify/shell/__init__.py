"""Reads shell text without running it: what it assigns, and where it installs to."""
