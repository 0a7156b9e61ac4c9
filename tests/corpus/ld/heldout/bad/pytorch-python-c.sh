# ENV102: PyTorch, python c
python -c 'import os; os.environ["LD_LIBRARY_PATH"] = "/opt/torch/lib"; os.execvp("pytest", ["pytest", "-q"])'
