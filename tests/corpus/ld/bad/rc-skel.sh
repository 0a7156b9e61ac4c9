# ENV104: for new users
echo "LD_LIBRARY_PATH=/opt/x/lib; export LD_LIBRARY_PATH" >> /etc/skel/.profile
