# sed to unset
sed -e 's/^export LD_LIBRARY_PATH=.*/unset LD_LIBRARY_PATH/' -i /opt/x/env.sh
