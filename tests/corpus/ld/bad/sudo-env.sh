# ENV103: sudo env
sudo -E env LD_LIBRARY_PATH=/opt/x/lib make check
