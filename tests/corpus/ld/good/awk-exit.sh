# awk fails
awk '$0 ~ "export LD_LIBRARY_PATH=" { exit 1 }' /etc/profile
