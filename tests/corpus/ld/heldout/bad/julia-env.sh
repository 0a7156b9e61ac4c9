# ENV102: Julia, env
julia -e 'ENV["LD_LIBRARY_PATH"] = "/opt/hdf5/lib"; using Pkg; Pkg.build("HDF5")'
