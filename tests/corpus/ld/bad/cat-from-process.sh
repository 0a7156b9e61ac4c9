# ENV104: cat from process
cat > /etc/profile.d/x.sh < <(echo 'export LD_LIBRARY_PATH=/opt/x/lib')
