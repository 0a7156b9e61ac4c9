"""Turn a recipe into a squashfs image and a record of how it was made.

The lower package: it owns the recipe model, and knows no policy, key or store.
"""

__version__ = "0.1.0"
