# ENV102: WIEN2k, array export
settings=("WIENROOT=/opt/wien2k" "LD_LIBRARY_PATH=/opt/wien2k/lib")
for s in "${settings[@]}"; do export "$s"; done
