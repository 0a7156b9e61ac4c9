# UCX, env u
env -u LD_LIBRARY_PATH UCX_TLS=tcp ucx_info -v
