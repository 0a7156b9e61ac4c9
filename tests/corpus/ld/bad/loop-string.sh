# ENV102: a string of names
NAMES="CPATH LIBRARY_PATH LD_LIBRARY_PATH"
for n in $NAMES; do export "$n=/opt/x"; done
