# ENV104: a venv's activate
echo 'export LD_LIBRARY_PATH="$VIRTUAL_ENV/lib:$LD_LIBRARY_PATH"' >> /opt/venv/bin/activate.local.sh
sed -i '$ a export LD_LIBRARY_PATH=/opt/venv/lib' /opt/venv/etc/env.sh
