# ENV102: Torque, cat pipe sh
cat <<EOF | sh -es
export LD_LIBRARY_PATH=/opt/torque/lib
./configure && make
EOF
