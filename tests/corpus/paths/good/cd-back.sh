# quiet: a folder that was left again
(cd /home && ls)
cd /scratch; cd /opt/x; tar -xf /src/x.tar
pushd /tmp && popd && cp -r a /opt
