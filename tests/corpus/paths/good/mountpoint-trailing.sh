# quiet: mount points with a slash, in a loop
for d in /home /scratch /global; do mkdir -p $d/; chmod 755 $d; done
