"""Find the period of a variable star in noisy magnitudes: numpy, scipy, pandas and astropy together."""

import numpy as np
import pandas as pd
from astropy.timeseries import LombScargle
from scipy.optimize import curve_fit

TRUE_PERIOD = 2.7182

random = np.random.default_rng(7)
nights = np.sort(random.uniform(0, 90, 400))
magnitude = 15 + 0.3 * np.sin(2 * np.pi * nights / TRUE_PERIOD) + random.normal(0, 0.02, nights.size)
curve = pd.DataFrame({"night": nights, "magnitude": magnitude}).sort_values("night")

frequency, power = LombScargle(curve["night"].to_numpy(), curve["magnitude"].to_numpy()).autopower(maximum_frequency=2)
guess = 1 / frequency[np.argmax(power)]


def wave(night, mean, amplitude, phase, period):
    return mean + amplitude * np.sin(2 * np.pi * night / period + phase)


fitted, _ = curve_fit(wave, curve["night"], curve["magnitude"], p0=[15, 0.3, 0.0, guess])
assert abs(fitted[3] - TRUE_PERIOD) < 0.005, fitted
print(f"period {fitted[3]:.4f} d, amplitude {abs(fitted[1]):.3f} mag")
