# ENV108: buildah
buildah config --env LD_LIBRARY_PATH=/opt/x/lib "$container"
