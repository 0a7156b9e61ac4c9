# ENV108: a container in a test
podman run --rm -e LD_LIBRARY_PATH=/host/lib localhost/x:1 true
