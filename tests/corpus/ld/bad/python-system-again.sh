# ENV102: python system
python3 -c 'import os; os.system("LD_LIBRARY_PATH=/opt/x/lib ./x")'
