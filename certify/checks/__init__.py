"""Checks on the squashfs, one file each."""
