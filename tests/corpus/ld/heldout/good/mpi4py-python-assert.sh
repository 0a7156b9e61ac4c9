# mpi4py, python assert
python3 -c "import os; assert 'LD_LIBRARY_PATH' not in os.environ, 'LD_LIBRARY_PATH=' + os.environ['LD_LIBRARY_PATH']"
