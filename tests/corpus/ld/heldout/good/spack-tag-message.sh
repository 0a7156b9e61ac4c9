# Spack, tag message
git tag -a v1.2 -m "LD_LIBRARY_PATH=/opt/lib is gone"
