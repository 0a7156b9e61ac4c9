# podman empties it
podman run -e LD_LIBRARY_PATH= --rm x:1 true
