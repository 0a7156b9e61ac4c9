# quiet: built below a home, installed to /opt, removed
mkdir -p /home/build && cd /home/build && tar -xf /src/x.tar && make -C x install PREFIX=/opt/x && rm -rf /home/build
