# ENV104: SLEPc, subshell append
( echo ; printf 'export LD_LIBRARY_PATH=%s\n' /opt/slepc/lib ) >> /root/.bashrc
