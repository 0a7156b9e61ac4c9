# WRF, sed ampersand comment
sed -i 's|^setenv LD_LIBRARY_PATH|#&|' /opt/wrf/env.csh
