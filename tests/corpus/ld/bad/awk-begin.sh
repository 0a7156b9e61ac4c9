# ENV104: awk writes it all
awk 'BEGIN { print "export LD_LIBRARY_PATH=/opt/x/lib" > "/etc/profile.d/x.sh" }'
