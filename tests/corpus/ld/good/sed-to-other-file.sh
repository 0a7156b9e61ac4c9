# sed to other file
sed 's/LD_LIBRARY_PATH=[^ ]*//g' run.in > /opt/x/bin/run
