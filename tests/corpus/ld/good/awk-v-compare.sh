# awk v compare
awk -v old='export LD_LIBRARY_PATH=/opt/x/lib' '$0 != old' x.sh > y.sh && mv y.sh x.sh
