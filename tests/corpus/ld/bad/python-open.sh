# ENV104: python writes
python3 -c "open('/etc/profile.d/x.sh', 'a').write('export LD_LIBRARY_PATH=/opt/x/lib\n')"
