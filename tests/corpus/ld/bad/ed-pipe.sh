# ENV104: ed pipe
printf '%s\n' 1i 'export LD_LIBRARY_PATH=/opt/x/lib' . w q | ed -s /etc/profile
