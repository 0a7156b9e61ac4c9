# quiet: tar that lists, tar that packs
tar -tzf /home/x.tgz && tar -cz -C /home/x -f /opt/x.tgz .
tar tf x.tar
