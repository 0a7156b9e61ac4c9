# PyTorch, python get
python -c 'import os; print("LD_LIBRARY_PATH =", os.environ.get("LD_LIBRARY_PATH", "unset"))'
