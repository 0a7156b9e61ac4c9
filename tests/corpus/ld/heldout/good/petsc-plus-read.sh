# PETSc, plus read
if [ -n "${LD_LIBRARY_PATH:+set}" ]; then
    echo "PETSc must find its libraries by RUNPATH" >&2
    exit 1
fi
make -C /opt/petsc check
