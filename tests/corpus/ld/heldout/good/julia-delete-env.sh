# Julia, delete env
julia -e 'delete!(ENV, "LD_LIBRARY_PATH"); println(get(ENV, "LD_LIBRARY_PATH", "none")); using HDF5'
