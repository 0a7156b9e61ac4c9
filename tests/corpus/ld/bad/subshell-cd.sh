# ENV102: subshell cd
( export LD_LIBRARY_PATH=/opt/x/lib; cd /src/x && make check )
