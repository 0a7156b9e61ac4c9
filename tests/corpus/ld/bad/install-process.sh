# ENV104: install process
install -D -m 0644 <(echo 'export LD_LIBRARY_PATH=/opt/x/lib') /etc/profile.d/x.sh
