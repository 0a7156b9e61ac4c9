# ENV102: Open MPI, for eval case
for var in PATH LD_LIBRARY_PATH MANPATH; do
    case $var in
        PATH) sub=bin ;;
        LD_LIBRARY_PATH) sub=lib ;;
        *) sub=share/man ;;
    esac
    eval "export $var=/opt/openmpi/$sub:\$$var"
done
mpicc --showme
