# build info report
echo "LD_LIBRARY_PATH=$LD_LIBRARY_PATH" > /opt/x/share/build-info.txt
env | sort > /opt/x/share/env.txt
