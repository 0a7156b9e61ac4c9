# replacing by nothing
sed -i 's/LD_LIBRARY_PATH=[^ ]* //' /opt/x/run.sh
