# ENV102: if else both
if [ -z "$LD_LIBRARY_PATH" ]; then
  export LD_LIBRARY_PATH=/opt/x/lib
else
  export LD_LIBRARY_PATH=/opt/x/lib:$LD_LIBRARY_PATH
fi
