# python stderr write
python3 -c 'import sys; sys.stderr.write("LD_LIBRARY_PATH=/opt/x/lib would hide it\n")'
