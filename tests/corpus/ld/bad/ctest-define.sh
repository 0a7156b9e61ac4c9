# ENV108: a definition for tests
cmake -B build -DMY_TEST_ENV="LD_LIBRARY_PATH=/opt/x/lib" .
