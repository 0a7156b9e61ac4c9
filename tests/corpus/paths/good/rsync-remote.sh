# quiet: to another machine
rsync -a x/ host:/home/x/
scp x user@host:/scratch/
