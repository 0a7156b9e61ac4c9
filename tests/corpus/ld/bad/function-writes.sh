# ENV104: a function's output
profile() {
  echo "export LD_LIBRARY_PATH=$1/lib"
}
profile /opt/x > /etc/profile.d/x.sh
