# ENV102: export substitution
export $(echo LD_LIBRARY_PATH=/opt/x/lib)
make check
