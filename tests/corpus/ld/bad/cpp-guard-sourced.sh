# ENV104: cpp guard sourced
echo 'test -d /opt/x && . /opt/x/env.sh; [ -z "$X" ] || export LD_LIBRARY_PATH=/opt/x/lib' >> /etc/bash.bashrc
