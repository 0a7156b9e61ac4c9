# ENV103: a test with a limit
timeout 300 bash -c 'cd build/tests && LD_LIBRARY_PATH=../lib ./run_all'
