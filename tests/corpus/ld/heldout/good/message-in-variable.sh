# message in variable
MSG="LD_LIBRARY_PATH=/opt/x/lib is not needed: see ldconfig"
echo "$MSG"
