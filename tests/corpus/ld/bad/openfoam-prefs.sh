# ENV104: OpenFOAM's preferences
mkdir -p /opt/OpenFOAM/site
echo "export LD_LIBRARY_PATH=\$FOAM_SITE_LIBBIN:\$LD_LIBRARY_PATH" > /opt/OpenFOAM/site/prefs.sh
