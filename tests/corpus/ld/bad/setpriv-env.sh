# ENV103: setpriv env
setpriv --reuid=1000 --clear-groups env LD_LIBRARY_PATH=/opt/x/lib ./x
