"""The verifier for compute nodes: a squashfs, its certificate, and whom to believe; nothing but ``cryptography`` is needed."""
