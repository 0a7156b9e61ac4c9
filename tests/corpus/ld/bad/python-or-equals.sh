# ENV102: python or equals
python3 -c 'import os; os.environ |= {"LD_LIBRARY_PATH": "/opt/x/lib"}; os.execv("./x", ["x"])'
