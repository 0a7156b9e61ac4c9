# ENV102: UCX, for export
for v in LIBRARY_PATH LD_LIBRARY_PATH; do
    export "$v=/opt/ucx/lib"
done
./configure --prefix=/opt/ompi --with-ucx=/opt/ucx
