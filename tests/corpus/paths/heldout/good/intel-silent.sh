# quiet: cache of the installer
sh l_HPCKit.sh -f /tmp/extract -a -s --eula accept --install-dir /opt/intel --download-cache /tmp/cache --log-dir /tmp/log
