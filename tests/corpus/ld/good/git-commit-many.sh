# a longer message
git -c user.name=x commit --amend -m "profile: remove" -m "export LD_LIBRARY_PATH=/opt/x/lib broke MPI"
