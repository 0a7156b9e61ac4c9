# PTH202@2: a view of Spack
spack view --dependencies yes symlink -i /global/view hdf5 netcdf-c
