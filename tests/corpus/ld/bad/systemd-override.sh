# ENV104: a drop-in
printf '[Service]\nEnvironment="LD_LIBRARY_PATH=/opt/munge/lib"\n' > /etc/systemd/system/munge.service.d/override.conf
