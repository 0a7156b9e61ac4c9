# ENV104: conda's hook directory
mkdir -p $CONDA_PREFIX/etc/conda/activate.d
printf '#!/bin/sh\nexport OLD_LD_LIBRARY_PATH=${LD_LIBRARY_PATH}\nexport LD_LIBRARY_PATH=${CONDA_PREFIX}/lib:${LD_LIBRARY_PATH}\n' > $CONDA_PREFIX/etc/conda/activate.d/env_vars.sh
