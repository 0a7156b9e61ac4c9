# quiet: exclusions with a slash
rsync -a --exclude=/home --exclude=/tmp --exclude /scratch / /opt/root/
