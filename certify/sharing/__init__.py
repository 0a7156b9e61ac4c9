"""Images on their way through registries: with all that vouches for them, or as ordinary container images."""
