# ssh mention
ssh-keygen -q -t ed25519 -N '' -C "LD_LIBRARY_PATH=/x" -f key
