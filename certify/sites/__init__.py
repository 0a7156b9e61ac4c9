"""The built-in site profiles, as data."""
