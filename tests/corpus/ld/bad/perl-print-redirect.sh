# ENV104: perl print redirect
perl -e 'print "export LD_LIBRARY_PATH=/opt/x/lib\n"' > /etc/profile.d/x.sh
