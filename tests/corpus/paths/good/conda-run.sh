# quiet: conda in an environment elsewhere, not installed
conda run -p /home/env python x.py
conda list --prefix /global/env
