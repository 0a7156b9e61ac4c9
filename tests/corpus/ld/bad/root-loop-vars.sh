# ENV104: root loop vars
for kv in ROOTSYS=/opt/root LD_LIBRARY_PATH=/opt/root/lib PYTHONPATH=/opt/root/lib; do
  echo "export $kv" >> /etc/profile.d/root.sh
done
