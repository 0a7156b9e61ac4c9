# ENV103: until retry
until LD_LIBRARY_PATH=/opt/x/lib ./x; do sleep 1; done
