# SIESTA, build log
echo "$(date): built without LD_LIBRARY_PATH=/opt/siesta/lib" >> /var/log/build.log
