# ENV102: background group
{ export LD_LIBRARY_PATH=/opt/x/lib; ./server & }
wait
