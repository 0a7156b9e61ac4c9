# podman hands on what there is
podman run -e LD_LIBRARY_PATH --rm x:1 true
