# echo piped grep
echo "export LD_LIBRARY_PATH=/opt/x/lib" | grep -q LD_ && echo matched
