"""Judge, certify and publish images for an HPC site, on top of what builder makes."""

from builder import __version__

__all__ = ["__version__"]
