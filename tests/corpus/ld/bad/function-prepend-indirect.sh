# ENV102: function prepend indirect
prepend() {
    local var=$1 dir=$2
    export "$var=$dir${!var:+:${!var}}"
}
prepend PATH /opt/x/bin
prepend LD_LIBRARY_PATH /opt/x/lib
