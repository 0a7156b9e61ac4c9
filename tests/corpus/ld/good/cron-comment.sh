# a remark in a crontab
printf '# LD_LIBRARY_PATH=/x is not set here\n0 3 * * * root x\n' > /etc/cron.d/x
