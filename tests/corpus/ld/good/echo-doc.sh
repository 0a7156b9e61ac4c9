# into a README
echo 'export LD_LIBRARY_PATH=/opt/x/lib' >> README.md
