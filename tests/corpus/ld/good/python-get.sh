# python reads
python3 -c 'import os; print(os.environ.get("LD_LIBRARY_PATH", "none"))'
