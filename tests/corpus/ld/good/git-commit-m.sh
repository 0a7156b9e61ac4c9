# a commit message
git commit -m "LD_LIBRARY_PATH=/opt/x/lib no longer needed"
