# ENV104: function writes
emit() { echo "export LD_LIBRARY_PATH=$1"; }
emit /opt/x/lib >> /etc/profile.d/x.sh
