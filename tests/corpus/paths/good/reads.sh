# quiet: other ways to read
grep -q x /home/x/config && cat /global/etc/site.conf > /opt/x/site.conf
. /cvmfs/setup.sh
head -c 100 < /scratch/data
