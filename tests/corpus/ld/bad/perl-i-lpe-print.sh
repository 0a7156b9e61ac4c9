# ENV104: perl i lpe print
perl -i.bak -lpe 'print "export LD_LIBRARY_PATH=/opt/x/lib" if $. == 1' /opt/x/etc/x.sh
