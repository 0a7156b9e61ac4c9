# ENV102: conda run bash
conda run -n tools bash -c 'export LD_LIBRARY_PATH=$CONDA_PREFIX/lib; make check'
