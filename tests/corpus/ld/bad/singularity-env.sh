# ENV104: a Singularity hook
mkdir -p /.singularity.d/env
echo 'export LD_LIBRARY_PATH=/opt/x/lib:$LD_LIBRARY_PATH' >> /.singularity.d/env/91-environment.sh
