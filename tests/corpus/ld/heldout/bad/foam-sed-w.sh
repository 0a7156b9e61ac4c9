# ENV104: OpenFOAM, sed w
sed -n 's|^libdir=\(.*\)|export LD_LIBRARY_PATH=\1|w /etc/profile.d/foam.sh' config.site
