# what ssh accepts
grep -q '^AcceptEnv LD_LIBRARY_PATH' /etc/ssh/sshd_config && exit 1
