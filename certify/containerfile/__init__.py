"""Reads Containerfiles and Dockerfiles: what they do as a ``Subject``, and where each thing stands in them.

Where builders differ, this is the language of BuildKit, as Docker's reference has it: the case of a stage's name does
not matter, a stage knows the ARGs of the one that it starts from, two backslashes at the end of a line continue
nothing, and there are here-documents. Of BuildKit and the reference themselves the reference is followed: ENV hides an
ARG of the same name. What any of them takes is no fault: ``FROM 0`` is the first stage, as for buildah, which also lets
a stage be called ``1a``.

The last stage and those that it starts from are the image. All others weigh one degree less, those too that nothing
copies from: ``--target`` builds them.
"""

from __future__ import annotations

from certify.containerfile.document import ContainerDocument
from certify.containerfile.reading import read

__all__ = ["ContainerDocument", "read"]
