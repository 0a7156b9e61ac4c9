# ENV102: as another user
useradd builder && su - builder -c "export LD_LIBRARY_PATH=/opt/tbb/lib && cd /src && make"
