# python compares an element
python3 -c 'import os, sys; sys.exit(os.environ["LD_LIBRARY_PATH"] == "/opt/x")'
