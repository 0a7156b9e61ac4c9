# ENV104: perl prints into a file
perl -e 'print "export LD_LIBRARY_PATH=/opt/x/lib\n"' >> /etc/profile.d/x.sh
