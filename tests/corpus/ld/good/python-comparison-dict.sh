# python comparison dict
python3 -c 'import os,sys; sys.exit({"LD_LIBRARY_PATH", "LD_PRELOAD"} & set(os.environ) and "LD_LIBRARY_PATH=x is set")'
