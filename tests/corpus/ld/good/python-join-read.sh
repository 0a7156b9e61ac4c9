# python join read
python3 -c 'import os; print(os.pathsep.join(p for p in os.environ.get("LD_LIBRARY_PATH", "").split(":") if p))'
