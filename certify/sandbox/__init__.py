"""The simulated site: an image as its runtime would show it to an ordinary user."""
