# perl die in writer
perl -i -pe 'die "LD_LIBRARY_PATH=/opt/x/lib found" if /LD_LIBRARY_PATH=/' /opt/x/env.sh
