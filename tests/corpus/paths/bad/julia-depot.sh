# PTH207@2: a depot in root's home
export JULIA_DEPOT_PATH=/root/.julia
julia -e 'using Pkg; Pkg.add("MPI"); Pkg.precompile()'
