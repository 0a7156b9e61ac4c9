# buildah takes it away
buildah config --env LD_LIBRARY_PATH- "$container"
