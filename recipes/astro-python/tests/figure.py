"""Draw a figure without a screen, as a batch job does, and look at its pixels."""

import io

import matplotlib.pyplot as plt
import numpy as np

angle = np.linspace(0, 4 * np.pi, 500)
figure, axes = plt.subplots(figsize=(4, 3), dpi=100)
axes.plot(angle, np.sin(angle) / (1 + angle))
axes.set_xlabel("phase")

buffer = io.BytesIO()
figure.savefig(buffer, format="png")
buffer.seek(0)
pixels = plt.imread(buffer)
assert pixels.shape[:2] == (300, 400), pixels.shape
assert pixels[..., :3].min() < 0.5 < pixels[..., :3].max()
print(f"{len(buffer.getvalue())} bytes of PNG")
