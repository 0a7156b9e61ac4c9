# quiet: an archive that is made in /tmp
tar -czf /tmp/backup.tgz -C /home/build .
