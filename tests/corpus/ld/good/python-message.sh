# python speaks
python3 -c 'print("export LD_LIBRARY_PATH=/opt/x/lib")'
