# quiet: what is taken away
rm -rf /root/.cache /home/* /tmp/* /var/tmp/* /root/.conda
rmdir /home/ubuntu
find /tmp -mindepth 1 -delete
