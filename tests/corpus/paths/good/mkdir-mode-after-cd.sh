# quiet: the word of an option is no folder
cd /home && mkdir -m 755 -p /opt/x && install -m 644 /src/a /opt/x/a
