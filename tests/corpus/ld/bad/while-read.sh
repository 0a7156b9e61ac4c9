# ENV102: within a loop
ls -d /opt/*/lib | while read -r d; do export LD_LIBRARY_PATH="$d:$LD_LIBRARY_PATH"; done
