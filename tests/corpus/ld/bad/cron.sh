# ENV104: cron
printf 'LD_LIBRARY_PATH=/opt/x/lib\n0 * * * * root /opt/x/bin/x\n' > /etc/cron.d/x
