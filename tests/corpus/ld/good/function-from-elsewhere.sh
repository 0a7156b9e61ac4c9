# function from elsewhere
. ./lib.sh
run_test "no LD_LIBRARY_PATH=/opt/x/lib in profiles" ! grep -q LD_LIBRARY_PATH /etc/profile
