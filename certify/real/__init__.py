"""Tests of recipes under a runtime that is installed here, instead of in the simulated site."""
