# quiet: paths for tests at run time
export TEST_DIR=/scratch/test
ctest --test-dir /src/build --output-log /tmp/ctest.log
