# ENV102: a helper that takes the name
prepend() {
  local name=$1 dir=$2
  export "$name=$dir${!name:+:${!name}}"
}
prepend PATH /opt/netcdf/bin
prepend LD_LIBRARY_PATH /opt/netcdf/lib
nc-config --all
