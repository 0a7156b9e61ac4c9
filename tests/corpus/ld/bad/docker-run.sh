# ENV108: docker, glued
docker run --env=LD_LIBRARY_PATH=/opt/x/lib x:1
