# podman clears it
podman run --unsetenv LD_LIBRARY_PATH --rm x:1
