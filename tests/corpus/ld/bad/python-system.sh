# ENV102: python hands it to a shell
python3 -c 'import os; os.system("LD_LIBRARY_PATH=/opt/x/lib /opt/x/bin/x")'
