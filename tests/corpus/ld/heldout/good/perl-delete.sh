# perl takes lines out
perl -ni -e 'print unless /LD_LIBRARY_PATH=/' /opt/intel/setvars.sh
