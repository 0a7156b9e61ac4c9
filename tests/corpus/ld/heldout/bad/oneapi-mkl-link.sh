# ENV102: oneAPI without setvars
MKLROOT=/opt/intel/oneapi/mkl/latest
export LD_LIBRARY_PATH="${MKLROOT}/lib/intel64${LD_LIBRARY_PATH:+:${LD_LIBRARY_PATH}}"
make -j "$(nproc)"
