# apptainer env empty
apptainer exec --env LD_LIBRARY_PATH= qe.sif pw.x -i in
