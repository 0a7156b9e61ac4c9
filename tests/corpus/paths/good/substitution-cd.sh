# quiet: a folder in a substitution
here=$(cd /home/x && pwd -P)
tar -xf /src/x.tar
