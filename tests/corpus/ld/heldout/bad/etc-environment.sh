# ENV104: what PAM reads
echo 'LD_LIBRARY_PATH="/usr/local/lib:/usr/local/cuda/lib64"' | tee -a /etc/environment
