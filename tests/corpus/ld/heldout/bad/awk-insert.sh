# ENV104: awk makes a new profile
awk '{ print } /^export PATH/ { print "export LD_LIBRARY_PATH=/opt/qe/lib" }' /etc/profile > /tmp/profile.new && mv /tmp/profile.new /etc/profile
