# ENV104: Garfield, awk print file
awk 'BEGIN { print "export LD_LIBRARY_PATH=/opt/garfield/lib" > "/etc/profile.d/garfield.sh" }'
