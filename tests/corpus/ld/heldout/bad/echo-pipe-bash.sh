# ENV102: piped into a shell
echo 'export LD_LIBRARY_PATH=/opt/z/lib; make -C /src/z' | bash -e
