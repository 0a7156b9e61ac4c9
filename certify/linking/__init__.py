"""How the loader would link the programs of an image, answered inside the image's root."""
