# ENV104: sed from a template
sed -e 's|@ENV@|export LD_LIBRARY_PATH=/opt/x/lib|' env.in > /opt/x/env.sh
