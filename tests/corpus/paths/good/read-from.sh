# quiet: read from a mount, write to /opt
cp -r /global/common/tool /opt/tool
rsync -a /home/build/stage/ /opt/tool/
tar -xzf /scratch/x.tar.gz -C /opt
install -m 755 /cvmfs/bin/x /usr/local/bin/x
