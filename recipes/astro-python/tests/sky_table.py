"""Match two catalogues on the sky, write the result as FITS, and read it back."""

import tempfile
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import Table

random = np.random.default_rng(11)
ra, dec = random.uniform(0, 10, 500), random.uniform(-5, 5, 500)
first = SkyCoord(ra * u.deg, dec * u.deg)
second = SkyCoord((ra + 1e-5) * u.deg, dec * u.deg)

index, separation, _ = first.match_to_catalog_sky(second)
assert (index == np.arange(500)).all()
assert separation.max() < 0.1 * u.arcsec

galactic = first.galactic
table = Table({"l": galactic.l, "b": galactic.b, "separation": separation.to(u.arcsec)})
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "matches.fits"
    table.write(path)
    again = Table.read(path)
assert len(again) == 500
assert again["separation"].unit == u.arcsec
print(f"{len(again)} matches, at most {separation.max().to(u.mas):.1f} apart")
