# perl pe remove
perl -pe 's/LD_LIBRARY_PATH=\S+ //' run.in > /opt/x/bin/run
