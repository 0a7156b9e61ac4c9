# ENV103: find paste
LD_LIBRARY_PATH=$(find /opt -name lib -type d | paste -sd:) make test
