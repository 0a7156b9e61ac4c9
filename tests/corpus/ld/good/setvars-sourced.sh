# somebody else's script
source /opt/intel/oneapi/setvars.sh --force   # sets LD_LIBRARY_PATH
