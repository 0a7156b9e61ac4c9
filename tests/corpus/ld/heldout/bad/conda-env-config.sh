# ENV108: conda env config
conda env config vars set -n base LD_LIBRARY_PATH=/opt/conda/lib MKL_INTERFACE_LAYER=LP64
