# variables of other names
./configure LIBRARY_PATH=/opt/x/lib LD=ld.gold LD_RUN_PATH=/opt/x/lib
