# ENV104: Quantum ESPRESSO, mv
echo 'export LD_LIBRARY_PATH=/opt/qe/lib' > /tmp/qe-env && mv /tmp/qe-env /etc/profile.d/qe.sh
