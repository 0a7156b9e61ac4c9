# quiet: looked at
ls -la /tmp /home; du -sh /scratch; df -h /global
