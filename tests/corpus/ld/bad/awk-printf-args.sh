# ENV104: awk printf args
awk 'BEGIN { printf "export %s=%s\n", "LD_LIBRARY_PATH", "/opt/x/lib" }' > /etc/profile.d/x.sh
