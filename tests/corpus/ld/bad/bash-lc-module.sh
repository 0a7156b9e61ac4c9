# ENV102: bash lc module
bash -lc "module load gcc && export LD_LIBRARY_PATH=/opt/x/lib && make"
