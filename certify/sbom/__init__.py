"""The bill of materials of an image: CycloneDX 1.6, made from its inventory and the record of its build, and read again."""
