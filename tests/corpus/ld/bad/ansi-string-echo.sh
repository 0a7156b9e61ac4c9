# ENV104: ansi string echo
echo $'# x\nexport LD_LIBRARY_PATH=/opt/x/lib' > /etc/profile.d/x.sh
