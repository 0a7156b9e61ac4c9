# ENV108: conda keeps it
conda env config vars set -n base LD_LIBRARY_PATH=/opt/conda/lib
