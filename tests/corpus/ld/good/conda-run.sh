# conda
conda run -n base python -c 'import numpy' # LD_LIBRARY_PATH unset
