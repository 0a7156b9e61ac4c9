# spack config rpath
spack config add config:shared_linking:type:rpath
spack config add 'modules:default:tcl:all:filter:exclude_env_vars:[LD_LIBRARY_PATH]'
