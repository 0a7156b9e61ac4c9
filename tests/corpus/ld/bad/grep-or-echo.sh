# ENV104: grep or echo
grep -qF 'LD_LIBRARY_PATH=/opt/x/lib' ~/.bashrc || echo 'export LD_LIBRARY_PATH=/opt/x/lib' >> ~/.bashrc
