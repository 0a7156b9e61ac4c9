# ENV104: coproc subst write
status=$(echo 'export LD_LIBRARY_PATH=/opt/x/lib' | tee /etc/profile.d/x.sh)
