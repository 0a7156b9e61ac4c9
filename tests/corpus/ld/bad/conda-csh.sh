# ENV104: the hook for csh
echo 'setenv LD_LIBRARY_PATH ${CONDA_PREFIX}/lib' > /opt/conda/etc/conda/activate.d/libs.csh
