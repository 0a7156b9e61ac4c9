# ENV108: apptainer exec env
apptainer exec --env LD_LIBRARY_PATH=/host/lib,OMP_NUM_THREADS=4 /srv/images/qe.sif pw.x -i in
