# quiet: text about hosts
echo "see /etc/hosts and /home/README" > /opt/x/NOTES
