"""Reads Containerfiles and Dockerfiles: what they do as a ``Subject``, and where each thing stands in them."""

from __future__ import annotations

from certify.containerfile.document import ContainerDocument
from certify.containerfile.reading import read

__all__ = ["ContainerDocument", "read"]
