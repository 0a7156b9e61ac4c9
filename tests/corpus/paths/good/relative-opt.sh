# quiet: relative below a good folder
mkdir -p /opt/x && cd /opt/x && tar -xzf /tmp/x.tgz && mv x-1.0/* . && git clone https://github.com/e/home
