# python compares
python3 -c 'import os; assert os.environ.get("LD_LIBRARY_PATH") == "", "LD_LIBRARY_PATH=/x"'
