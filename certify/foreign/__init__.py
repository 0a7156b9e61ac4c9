"""Images that were made elsewhere: a squashfs, an OCI layout, a docker archive or a tree, opened to be examined."""
