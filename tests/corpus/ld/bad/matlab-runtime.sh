# ENV104: matlab runtime
MCRROOT=/opt/mcr/R2023a
MWLD=.:$MCRROOT/runtime/glnxa64:$MCRROOT/bin/glnxa64:$MCRROOT/sys/os/glnxa64
printf 'LD_LIBRARY_PATH=%s\n' "$MWLD" >> /etc/environment
