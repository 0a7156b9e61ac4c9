# a commit message
git add -A && git commit -q -m "Drop export LD_LIBRARY_PATH=/opt/x/lib from the profile"
