# macOS, written
echo 'export DYLD_LIBRARY_PATH=/opt/x/lib' >> /etc/profile.d/x.sh
