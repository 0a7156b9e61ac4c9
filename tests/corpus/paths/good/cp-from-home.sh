# quiet: several sources from a mount, one folder
cp -t /opt/tool /home/a /home/b
mv /home/c /scratch/d /opt/tool
install -t /opt/bin /global/x
