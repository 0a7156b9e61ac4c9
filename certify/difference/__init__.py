"""How one image differs from another, for those who decide whether it may take the other's place."""
