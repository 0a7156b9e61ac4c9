# quiet: only listed
cd /home && unzip -l /src/x.zip && unzip -q /src/x.zip -d /opt/x
