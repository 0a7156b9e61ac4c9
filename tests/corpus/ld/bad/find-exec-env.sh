# ENV108: find exec env
find build -name 't_*' -exec env LD_LIBRARY_PATH=/opt/x/lib {} \;
