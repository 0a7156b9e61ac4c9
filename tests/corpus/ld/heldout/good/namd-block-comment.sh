# NAMD, block comment
: <<'COMMENT'
export LD_LIBRARY_PATH=/opt/namd/lib
was needed for the first release.
COMMENT
make -C Linux-x86_64-g++
