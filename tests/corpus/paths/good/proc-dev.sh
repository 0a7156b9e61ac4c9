# quiet: devices of the shell
exec 3>/dev/null; echo x >&3; cat < /dev/urandom | head -c 10 > /opt/x/seed; ls > /dev/stdout
