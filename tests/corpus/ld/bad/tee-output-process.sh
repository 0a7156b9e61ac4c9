# ENV104: tee output process
echo 'export LD_LIBRARY_PATH=/opt/x/lib' > >(tee /etc/profile.d/x.sh)
