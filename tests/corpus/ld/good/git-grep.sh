# searching history
git log -S'LD_LIBRARY_PATH=/opt' --oneline
