# ENV104: supervisord
cat >> /etc/supervisor/conf.d/x.conf <<'E'
[program:x]
command=/opt/x/bin/x
environment=LD_LIBRARY_PATH="/opt/x/lib",HOME="/tmp"
E
