# quiet: a depot in /opt
export JULIA_DEPOT_PATH=/opt/julia JULIA_PKG_PRECOMPILE_AUTO=0
julia -e 'using Pkg; Pkg.add("MPI")'
