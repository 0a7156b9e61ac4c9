"""The recipe: its model, its file with positions, and the way from one to the other."""

from builder.recipe.decode import load, load_all
from builder.recipe.model import Recipe
from builder.recipe.problem import Problem, Span
from builder.recipe.source import Document, Route

__all__ = ["Document", "Problem", "Recipe", "Route", "Span", "load", "load_all"]
