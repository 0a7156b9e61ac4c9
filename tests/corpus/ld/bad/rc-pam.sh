# ENV104: pam_env
echo 'LD_LIBRARY_PATH DEFAULT=/opt/x/lib' >> /etc/security/pam_env.conf
