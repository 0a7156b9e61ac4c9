# ENV102: libfabric while read
while read -r name value; do
    export "$name=$value"
done <<EOF
FI_PROVIDER tcp
LD_LIBRARY_PATH /opt/libfabric/lib
EOF
fi_info
