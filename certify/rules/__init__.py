"""The rules on recipes: one module each, listed in ``registry``."""
