# ENV102: a loop over names
for v in LIBRARY_PATH LD_LIBRARY_PATH LD_RUN_PATH; do export $v=/opt/x/lib; done
