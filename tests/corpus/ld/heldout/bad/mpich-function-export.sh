# ENV102: MPICH, function export
setup_mpich() {
    local prefix=$1
    export PATH=$prefix/bin:$PATH
    export LD_LIBRARY_PATH=$prefix/lib:$LD_LIBRARY_PATH
}
setup_mpich /opt/mpich-4.2
make -C /src/osu-micro-benchmarks
